import type { Fields } from '../fields.js'
import { isDnsLabel } from './names.js'

/** How near a resource is to a client: what is private to its namespace comes before what others export to all. */
export type Nearness = 0 | 1 | 2

/** Where Istio looks for rules that are for all namespaces. */
export const rootNamespace = 'istio-system'

/**
 * Reads and checks `exportTo`; undefined, where Istio's default is meant: everywhere. `~` is nobody, which Istio takes of
 * hosts alone.
 */
export function readExportTo(
  fields: Fields,
  namespace: string,
  mayBeNobody: boolean = false,
): readonly string[] | undefined {
  const given = fields.texts('exportTo')
  if (given === undefined || given.length === 0) return undefined
  const seen = new Set<string>()
  for (const one of given) {
    const target = one === '.' ? namespace : one
    if (target !== '*' && !(target === '~' && mayBeNobody) && !isDnsLabel(target))
      fields.error(
        'exportTo',
        'invalid-value',
        `"${one}" is neither ".", "*"${mayBeNobody ? ', "~"' : ''} nor the name of a namespace.`,
      )
    if (seen.has(target)) fields.error('exportTo', 'invalid-value', `"${one}" is named twice.`)
    seen.add(target)
  }
  if (given.length > 1 && (seen.has('*') || seen.has('~')))
    fields.error('exportTo', 'invalid-value', '"*" and "~" say everything already: nothing can stand beside them.')
  return given
}

/**
 * How near a resource is to the clients of a namespace, undefined if they do not see it: private to the namespace,
 * exported to it by name, exported to all.
 */
export function nearness(
  exportTo: readonly string[] | undefined,
  namespace: string,
  client: string,
): Nearness | undefined {
  if (exportTo === undefined || exportTo.includes('*')) return 2
  if (namespace === client && (exportTo.includes('.') || exportTo.includes(namespace))) return 0
  return exportTo.includes(client) ? 1 : undefined
}
