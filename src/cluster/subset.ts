import { anyText, record, type Schema } from '../core/schema/index.js'
import type { Labels } from '../discovery/index.js'

/** Parts of a service by label: `{ v1: { version: 'v1' } }`. Empty labels select every endpoint, as in Istio. */
export type SubsetOptions = Readonly<Record<string, Labels>>

/** Schema of a service's subsets. */
export const subsetOptions: Schema<SubsetOptions> = record(record(anyText))

/** Whether a workload's labels have every one of a subset's, with an equal value. */
export function selects(subset: Labels, labels: Labels): boolean {
  for (const name of Object.keys(subset))
    if (!Object.hasOwn(labels, name) || labels[name] !== subset[name]) return false
  return true
}
