import type { CompileContext } from '../context.js'
import type { SubsetUse } from './http-route.js'

/**
 * Subsets that a VirtualService names and no DestinationRule defines. Istio answers their calls with 503 NC; here the
 * name is taken for a value of the label `version`, with a warning, unless `strict`.
 */
export function resolveSubsets(context: CompileContext, uses: readonly SubsetUse[]): void {
  const told = new Set<string>()
  for (const { service, caller, subset, at } of uses) {
    if (service.subsets.has(subset)) continue
    const key = `${service.name}|${subset}`
    const first = !told.has(key)
    told.add(key)
    const missing = `No DestinationRule defines the subset "${subset}" of "${service.name}"`
    if (context.strict) {
      caller.policy = { ...caller.policy, allowUnknownDestinations: true }
      if (first) context.report.warn(at, 'undefined-subset', `${missing}: its calls are answered 503 NC, as by Istio.`)
      continue
    }
    service.subsets.set(subset, { version: subset })
    const labelled = service.endpoints.some((endpoint) => endpoint.labels?.version === subset)
    const found = labelled || service.endpoints.length === 0 ? '' : ' None has it.'
    const taken = `the endpoints labelled version: ${subset} are taken; Istio would answer 503 NC.`
    context.report.warn(at, 'undefined-subset', `${missing}: ${taken}${found}`)
  }
}
