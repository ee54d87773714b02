import type { LoadBalancerType, SlowStartOptions } from '../../cluster/balancer/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import { compileConsistentHash } from './consistent-hash.js'
import { readDurationMs } from './duration.js'
import { compileLocality } from './locality-lb.js'
import type { LoadBalancerBlock } from './policy.js'

const vocabulary: Vocabulary = {
  known: ['simple', 'consistentHash', 'localityLbSetting', 'warmup', 'warmupDurationSecs'],
}

const algorithms: Readonly<Record<string, LoadBalancerType>> = {
  UNSPECIFIED: 'least-request',
  LEAST_REQUEST: 'least-request',
  LEAST_CONN: 'least-request',
  ROUND_ROBIN: 'round-robin',
  RANDOM: 'random',
}

function readWarmup(fields: Fields): SlowStartOptions | undefined {
  const old = readDurationMs(fields, 'warmupDurationSecs')
  const warmup = fields.fields('warmup', { known: ['duration', 'minimumPercent', 'aggression'] })
  if (warmup === undefined) return old === undefined ? undefined : { window: old }
  if (!warmup.has('duration')) warmup.error('duration', 'missing-field', '"duration" is required.')
  if (old !== undefined) fields.warn('warmupDurationSecs', 'shadowed', 'It is the old form of "warmup", which counts.')
  const window = readDurationMs(warmup, 'duration')
  const minimumPercent = warmup.number('minimumPercent', { min: 0, max: 100 })
  const aggression = warmup.number('aggression', { min: 1 })
  if (window === undefined) return undefined
  return {
    window,
    ...(minimumPercent === undefined ? {} : { minimumPercent }),
    ...(aggression === undefined ? {} : { aggression }),
  }
}

/** Compiles `loadBalancer`; Istio's default is ours. */
export function compileLoadBalancer(policy: Fields, strict: boolean): LoadBalancerBlock | undefined {
  const fields = policy.fields('loadBalancer', vocabulary)
  if (fields === undefined) return undefined
  const simple = fields.oneOf('simple', [...Object.keys(algorithms), 'PASSTHROUGH'])
  const hashing = compileConsistentHash(fields, strict)
  if (fields.has('simple') && fields.has('consistentHash'))
    fields.error('simple', 'invalid-value', 'It excludes "consistentHash".')
  const type = simple === undefined ? undefined : algorithms[simple]
  const slowStart = readWarmup(fields)
  const warms = hashing === undefined && type !== 'random' && simple !== 'PASSTHROUGH'
  if (slowStart !== undefined && !warms) {
    const field = fields.has('warmup') ? 'warmup' : 'warmupDurationSecs'
    fields.warn(field, 'shadowed', 'Only ROUND_ROBIN and LEAST_REQUEST warm up: it has no effect.')
  }
  return {
    at: policy.place('loadBalancer'),
    settings: {
      ...(type === undefined ? {} : { type }),
      ...hashing,
      ...(slowStart === undefined || !warms ? {} : { slowStart }),
    },
    passthrough: simple === 'PASSTHROUGH',
    locality: compileLocality(fields),
  }
}
