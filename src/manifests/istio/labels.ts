import type { Labels } from '../../discovery/index.js'
import type { Fields } from '../fields.js'
import { isLabel } from './names.js'

/** Labels in the form that Kubernetes demands; others are errors: no workload can have them. */
export function readLabels(fields: Fields, name: string): Labels {
  const labels: Record<string, string> = {}
  for (const [key, value] of fields.textMap(name) ?? [])
    if (isLabel(key, value)) labels[key] = value
    else fields.error(name, 'invalid-value', `"${key}: ${value}" is no label of Kubernetes.`)
  return labels
}
