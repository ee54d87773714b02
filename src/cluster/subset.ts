import { anyText, record, type Schema } from '../core/schema/index.js'
import type { Labels } from '../discovery/index.js'

/** Parts of a service by label: `{ v1: { version: 'v1' } }`. Empty labels select every endpoint, as in Istio. */
export type SubsetOptions = Readonly<Record<string, Labels>>

/** Schema of a service's subsets. */
export const subsetOptions: Schema<SubsetOptions> = record(record(anyText))

/** Tests whether a workload's labels have every one of a subset's, with an equal value; taken apart once, for many tests. */
export function selector(subset: Labels): (labels: Labels | undefined) => boolean {
  const wanted = Object.entries(subset)
  return function selects(labels) {
    for (const [name, value] of wanted)
      if (labels === undefined || labels[name] !== value || !Object.hasOwn(labels, name)) return false
    return true
  }
}
