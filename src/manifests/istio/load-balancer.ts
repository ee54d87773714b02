import type { LoadBalancerOptions } from '../../cluster/balancer/index.js'
import type { Fields, Unsupported, Vocabulary } from '../fields.js'
import type { ServicePolicy } from '../services.js'

function ignored(what: string): Unsupported {
  return { severity: 'warning', message: `${what} not done yet: the field is ignored.` }
}

const vocabulary: Vocabulary = {
  known: ['simple', 'consistentHash'],
  unsupported: {
    localityLbSetting: ignored('Locality is'),
    warmup: ignored('Slow start is'),
    warmupDurationSecs: ignored('Slow start is'),
  },
}

const algorithms: Readonly<Record<string, LoadBalancerOptions>> = {
  UNSPECIFIED: 'least-request',
  LEAST_REQUEST: 'least-request',
  LEAST_CONN: 'least-request',
  ROUND_ROBIN: 'round-robin',
  RANDOM: 'random',
}

/** Compiles `loadBalancer`; Istio's default is ours. */
export function compileLoadBalancer(policy: Fields): ServicePolicy {
  const fields = policy.fields('loadBalancer', vocabulary)
  if (fields === undefined) return {}
  if (fields.has('consistentHash'))
    fields.warn('consistentHash', 'unsupported-field', 'Consistent hashing is not done yet: least-request is used.')
  const simple = fields.oneOf('simple', [...Object.keys(algorithms), 'PASSTHROUGH'])
  if (simple === 'PASSTHROUGH')
    fields.warn('simple', 'unsupported-field', 'There is no original destination to pass to: least-request is used.')
  const loadBalancer = simple === undefined ? undefined : algorithms[simple]
  return loadBalancer === undefined ? {} : { loadBalancer }
}
