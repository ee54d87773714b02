import type { Reporter } from '../diagnostics.js'
import { Fields, type Vocabulary } from '../fields.js'
import type { Resource } from '../resource.js'
import { readGroup, readItems, readKind, readNamespace, readObjectName, readSectionName } from './checks.js'

const vocabulary: Vocabulary = { known: ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'] }

/** What a route attaches itself to. */
export interface ParentRef {
  readonly kind: 'Gateway' | 'Service'
  readonly namespace: string
  readonly name: string
  readonly sectionName: string | undefined
  readonly port: number | undefined
  readonly fields: Fields
}

function keyOf({ kind, namespace, name }: ParentRef): string {
  return `${kind} ${namespace}/${name}`
}

/** Two references to one parent have to mean different parts of it, and say so in the same way. */
function checkDistinct(refs: readonly ParentRef[]): void {
  for (const [i, ref] of refs.entries()) {
    const earlier = refs.slice(0, i).filter((one) => keyOf(one) === keyOf(ref))
    const alike = earlier.every(
      (one) =>
        (one.sectionName === undefined) === (ref.sectionName === undefined) &&
        (one.port === undefined) === (ref.port === undefined),
    )
    const twice = earlier.some((one) => one.sectionName === ref.sectionName && one.port === ref.port)
    if (!alike || twice) {
      const why = 'each has to have another sectionName or another port'
      ref.fields.error('name', 'invalid-value', `"${ref.name}" is referred to above already: ${why}.`)
    }
  }
}

/** Reads `parentRefs`. A route that has none, or only ones of unknown kinds, is attached to nothing. */
export function readParentRefs(spec: Fields, resource: Resource, report: Reporter): readonly ParentRef[] {
  const refs: ParentRef[] = []
  for (const map of readItems(spec, 'parentRefs', 32)) {
    const fields = new Fields(map, report, vocabulary)
    const group = readGroup(fields, 'group') ?? 'gateway.networking.k8s.io'
    const kind = readKind(fields, 'kind') ?? 'Gateway'
    const name = readObjectName(fields, 'name')
    const namespace = readNamespace(fields, 'namespace') ?? resource.namespace
    const sectionName = readSectionName(fields, 'sectionName')
    const port = fields.integer('port', { min: 1, max: 65_535 })
    const known =
      group === 'gateway.networking.k8s.io' && kind === 'Gateway'
        ? 'Gateway'
        : group === '' && kind === 'Service'
          ? 'Service'
          : undefined
    if (known === undefined) {
      const what = `${kind}${group === '' ? '' : ` (${group})`}`
      const hint = kind === 'Service' ? ' The group of a Service is "".' : ''
      fields.warn('kind', 'unsupported-field', `Routes are not attached to ${what}: the reference is ignored.${hint}`)
    } else if (name !== undefined) refs.push({ kind: known, namespace, name, sectionName, port, fields })
  }
  if (!spec.has('parentRefs') || spec.list('parentRefs')?.items.length === 0)
    spec.warn('parentRefs', 'missing-parent', 'The route is attached to nothing: its rules do nothing.')
  checkDistinct(refs)
  return refs
}
