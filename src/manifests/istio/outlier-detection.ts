import type { Reporter } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readDurationMs } from './duration.js'
import type { OutlierDetectionBlock } from './policy.js'

const vocabulary: Vocabulary = {
  known: [
    'consecutive5xxErrors',
    'consecutiveGatewayErrors',
    'splitExternalLocalOriginErrors',
    'consecutiveLocalOriginFailures',
    'interval',
    'baseEjectionTime',
    'maxEjectionPercent',
    'minHealthPercent',
    'outlierDetectionHttpErrorCodes',
  ],
  unsupported: {
    consecutiveErrors: { severity: 'warning', message: 'Istio ignores it too: use consecutive5xxErrors.' },
  },
}

const counter = { min: 0, max: 4_294_967_295 }

/** Statuses that count as failures. */
function readStatuses(fields: Fields): readonly number[] | undefined {
  const items = fields.list('outlierDetectionHttpErrorCodes')?.items ?? []
  const statuses = items.flatMap((item) => {
    const status = item.kind === 'scalar' && typeof item.value === 'number' ? item.value : 0
    if (Number.isInteger(status) && status >= 100 && status <= 599) return [status]
    fields.error('outlierDetectionHttpErrorCodes', 'invalid-value', 'must be statuses between 100 and 599.')
    return []
  })
  return statuses.length === 0 ? undefined : [...new Set(statuses)]
}

/** Compiles `outlierDetection` with Istio's defaults: 5 errors, 10 s, 30 s, 10 % and not even one below that, no panic. */
export function compileOutlierDetection(policy: Fields): OutlierDetectionBlock | undefined {
  const fields = policy.fields('outlierDetection', vocabulary)
  if (fields === undefined) return undefined
  const percent = fields.integer('maxEjectionPercent', { min: 0, max: 100 }) ?? 0
  const split = fields.flag('splitExternalLocalOriginErrors') ?? false
  const local = fields.integer('consecutiveLocalOriginFailures', counter) ?? 0
  if (local > 0 && !split)
    fields.error('consecutiveLocalOriginFailures', 'invalid-value', 'It needs splitExternalLocalOriginErrors.')
  const errorStatuses = readStatuses(fields)
  const percentIsDefault = percent === 0
  return {
    at: policy.place('outlierDetection'),
    percentAt: percentIsDefault ? policy.place('outlierDetection') : fields.place('maxEjectionPercent'),
    percentIsDefault,
    options: {
      consecutive5xxErrors: fields.integer('consecutive5xxErrors', counter) ?? 5,
      consecutiveGatewayErrors: fields.integer('consecutiveGatewayErrors', counter) ?? 0,
      ...(split ? { splitLocalOriginErrors: true, consecutiveLocalOriginFailures: local === 0 ? 5 : local } : {}),
      ...(errorStatuses === undefined ? {} : { errorStatuses }),
      interval: readDurationMs(fields, 'interval') ?? 10_000,
      baseEjectionTime: readDurationMs(fields, 'baseEjectionTime') ?? 30_000,
      maxEjectionPercent: percentIsDefault ? 10 : percent,
      alwaysEjectOne: false,
      panicThresholdPercent: fields.integer('minHealthPercent', { min: 0, max: 100 }) ?? 0,
    },
  }
}

/** Envoy ejects only while the ejected endpoints, the next one included, stay within the percentage. */
export function warnIfNeverEjects(block: OutlierDetectionBlock, name: string, count: number, report: Reporter): void {
  const percent = block.options.maxEjectionPercent
  const needed = Math.ceil(100 / percent)
  if (count >= needed) return
  const whose = block.percentIsDefault ? ', the default' : ''
  const known = count === 0 ? '' : ` "${name}" has ${count}; set at least ${Math.ceil(100 / count)}.`
  const message = `With maxEjectionPercent ${percent}${whose}, nothing is ever ejected below ${needed} endpoints.${known}`
  report.warn(block.percentAt, 'never-ejects', message)
}
