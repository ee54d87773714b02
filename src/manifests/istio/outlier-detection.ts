import type { Reporter } from '../diagnostics.js'
import type { Fields, Unsupported, Vocabulary } from '../fields.js'
import type { ServiceDraft, ServicePolicy } from '../services.js'

function ignored(what: string): Unsupported {
  return { severity: 'warning', message: `${what} not done yet: the field is ignored.` }
}

const vocabulary: Vocabulary = {
  known: [
    'consecutive5xxErrors',
    'consecutiveGatewayErrors',
    'interval',
    'baseEjectionTime',
    'maxEjectionPercent',
    'minHealthPercent',
  ],
  unsupported: {
    consecutiveErrors: { severity: 'warning', message: 'Istio ignores it too: use consecutive5xxErrors.' },
    splitExternalLocalOriginErrors: ignored('Counting local errors apart is'),
    consecutiveLocalOriginFailures: ignored('Counting local errors apart is'),
    outlierDetectionHttpErrorCodes: ignored('A choice of statuses is'),
  },
}

/** Envoy ejects only while the ejected endpoints, the next one included, stay within the percentage. */
function warnIfNever(fields: Fields, policy: Fields, percent: number, service: ServiceDraft, report: Reporter): void {
  const needed = Math.ceil(100 / percent)
  const count = service.endpoints.length
  if (count >= needed) return
  const at = fields.has('maxEjectionPercent') ? fields.place('maxEjectionPercent') : policy.place('outlierDetection')
  const whose = fields.has('maxEjectionPercent') ? '' : ', the default'
  const known = count === 0 ? '' : ` "${service.name}" has ${count}; set at least ${Math.ceil(100 / count)}.`
  const message = `With maxEjectionPercent ${percent}${whose}, nothing is ever ejected below ${needed} endpoints.${known}`
  report.warn(at, 'never-ejects', message)
}

/** Compiles `outlierDetection` with Istio's defaults: 5 errors, 10 s, 30 s, 10 % and not even one below that, no panic. */
export function compileOutlierDetection(policy: Fields, service: ServiceDraft, report: Reporter): ServicePolicy {
  const fields = policy.fields('outlierDetection', vocabulary)
  if (fields === undefined) return {}
  const percent = fields.integer('maxEjectionPercent', { min: 0, max: 100 }) ?? 0
  const maxEjectionPercent = percent === 0 ? 10 : percent
  warnIfNever(fields, policy, maxEjectionPercent, service, report)
  return {
    outlierDetection: {
      consecutive5xxErrors: fields.integer('consecutive5xxErrors', { min: 0, max: 4_294_967_295 }) ?? 5,
      consecutiveGatewayErrors: fields.integer('consecutiveGatewayErrors', { min: 0, max: 4_294_967_295 }) ?? 0,
      interval: fields.durationMs('interval') ?? 10_000,
      baseEjectionTime: fields.durationMs('baseEjectionTime') ?? 30_000,
      maxEjectionPercent,
      alwaysEjectOne: false,
      panicThresholdPercent: fields.integer('minHealthPercent', { min: 0, max: 100 }) ?? 0,
    },
  }
}
