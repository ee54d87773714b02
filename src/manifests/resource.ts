import type { Origin } from '../core/origin.js'
import type { Place, Reporter } from './diagnostics.js'
import { childPath, type ManifestMap, type ManifestValue } from './document.js'
import { Fields, type Vocabulary } from './fields.js'

/** One Kubernetes object. */
export interface Resource {
  /** `networking.istio.io`; empty for the core API. */
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly labels: ReadonlyMap<string, string>
  readonly annotations: ReadonlyMap<string, string>
  /** Milliseconds since 1970; 0 when the manifest does not say, as Go has it. */
  readonly creationTimestamp: number
  readonly root: ManifestMap
  /** Where its name stands. */
  readonly at: Place
}

const metadata: Vocabulary = {
  known: [
    'name',
    'namespace',
    'labels',
    'annotations',
    'uid',
    'resourceVersion',
    'generation',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'managedFields',
    'ownerReferences',
    'finalizers',
    'generateName',
    'selfLink',
  ],
}

const anything: Vocabulary = { known: ['apiVersion', 'kind', 'metadata', 'items'] }

/** Reads a mapping without judging the fields that `known` does not name. */
function peek(map: ManifestMap, report: Reporter): Fields {
  return new Fields(map, report, { known: [...map.entries.keys(), ...anything.known] })
}

function readTimestamp(meta: Fields): number {
  const text = meta.text('creationTimestamp')
  if (text === undefined) return 0
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(ms)) return ms
  meta.error('creationTimestamp', 'invalid-value', 'must be a time like "2026-01-31T12:00:00Z".')
  return 0
}

/** The objects of a document: one, or the items of a `List`. What is no object is reported. */
export function readResources(value: ManifestValue, namespace: string, report: Reporter): readonly Resource[] {
  if (value.kind !== 'map') {
    report.error(value.at, 'not-a-resource', 'A manifest is a mapping with apiVersion, kind and metadata.')
    return []
  }
  const root = peek(value, report)
  const apiVersion = root.text('apiVersion')
  const kind = root.text('kind')
  if (apiVersion === undefined || kind === undefined) {
    const missing = apiVersion === undefined ? 'apiVersion' : 'kind'
    const hint = root.has('_format_version') ? ' Declarative files of Kong are not read yet.' : ''
    report.error(value.at, 'not-a-resource', `A manifest needs apiVersion and kind; ${missing} is missing.${hint}`)
    return []
  }
  if (kind === 'List') return root.maps('items').flatMap((item) => readResources(item, namespace, report))
  const meta = root.fields('metadata', metadata)
  const name = meta?.requiredText('name')
  if (meta === undefined || name === undefined) {
    if (meta === undefined) root.error('metadata', 'missing-field', '"metadata.name" is required.')
    return []
  }
  const slash = apiVersion.indexOf('/')
  return [
    {
      group: slash === -1 ? '' : apiVersion.slice(0, slash),
      kind,
      name,
      // An empty one is none to Kubernetes.
      namespace: meta.text('namespace') || namespace,
      labels: meta.textMap('labels') ?? new Map(),
      annotations: meta.textMap('annotations') ?? new Map(),
      creationTimestamp: readTimestamp(meta),
      root: value,
      at: meta.place('name'),
    },
  ]
}

/** The top-level fields of an object, and those that its kind adds: mostly `spec`. */
export function rootFields(resource: Resource, report: Reporter, vocabulary: Vocabulary): Fields {
  return new Fields(resource.root, report, {
    ...vocabulary,
    known: ['apiVersion', 'kind', 'metadata', 'status', ...vocabulary.known],
  })
}

/** Oldest first, ties by `name.namespace`: the order in which Istio lets objects of one kind have their say. */
export function oldestFirst(resources: readonly Resource[]): readonly Resource[] {
  const key = ({ name, namespace }: Resource): string => `${name}.${namespace}`
  return resources.toSorted(
    (a, b) => a.creationTimestamp - b.creationTimestamp || (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0),
  )
}

/** Where an annotation stands. */
export function annotationPlace(resource: Resource, name: string): Place {
  const meta = resource.root.entries.get('metadata')?.value
  const annotations = meta?.kind === 'map' ? meta.entries.get('annotations')?.value : undefined
  const entry = annotations?.kind === 'map' ? annotations.entries.get(name) : undefined
  return entry?.at ?? { ...resource.at, path: childPath('metadata.annotations', name) }
}

/** `kind namespace/name`, for messages. */
export function describeResource({ kind, namespace, name }: Resource): string {
  return `${kind} ${namespace}/${name}`
}

/** What `explain` shows of a place. */
export function originOf({ file, line }: Place): Origin {
  return { file, line }
}
