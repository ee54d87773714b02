import type { Reporter } from '../diagnostics.js'
import { Fields } from '../fields.js'
import { demand } from './checks.js'

/** A test of labels. */
export type LabelTest = (labels: ReadonlyMap<string, string>) => boolean

function compileExpression(fields: Fields): LabelTest {
  for (const name of ['key', 'operator']) demand(fields, name)
  const key = fields.text('key') ?? ''
  const operator = fields.oneOf('operator', ['In', 'NotIn', 'Exists', 'DoesNotExist'])
  const values = new Set(fields.texts('values') ?? [])
  const listed = operator === 'In' || operator === 'NotIn'
  if (listed !== values.size > 0)
    fields.error('values', 'invalid-value', listed ? `${operator} needs values.` : `${operator} has no values.`)
  switch (operator) {
    case 'In':
      return (labels) => values.has(labels.get(key) ?? '') && labels.has(key)
    case 'NotIn':
      return (labels) => !labels.has(key) || !values.has(labels.get(key) ?? '')
    case 'Exists':
      return (labels) => labels.has(key)
    case 'DoesNotExist':
      return (labels) => !labels.has(key)
    default:
      return () => false
  }
}

/** Compiles a label selector of Kubernetes. An empty one takes everything, an absent one nothing. */
export function compileSelector(parent: Fields, name: string, report: Reporter): LabelTest {
  const fields = parent.fields(name, { known: ['matchLabels', 'matchExpressions'] })
  if (fields === undefined) return () => false
  const equal = [...(fields.textMap('matchLabels') ?? [])]
  const tests = fields
    .maps('matchExpressions')
    .map((map) => compileExpression(new Fields(map, report, { known: ['key', 'operator', 'values'] })))
  return (labels) => equal.every(([key, value]) => labels.get(key) === value) && tests.every((test) => test(labels))
}
