import type { MeshConfig } from '../config/config.js'
import { validate } from '../core/schema/index.js'
import { compileResources } from './compile.js'
import { type Diagnostic, Reporter } from './diagnostics.js'
import { selectResources } from './kinds.js'
import { type LoadManifestsOptions, loadManifestsOptions } from './options.js'
import { type Resource, readResources } from './resource.js'
import { ServiceRegistry } from './services.js'
import { type ManifestSources, readSources } from './sources.js'
import { parseDocuments } from './yaml.js'

/** A config, and what there is to know about the manifests that it came from. */
export type LoadedConfig = MeshConfig & {
  /** Not enumerable. `createMesh` refuses a config that has errors among them. */
  readonly diagnostics: readonly Diagnostic[]
}

async function readAll(
  sources: ManifestSources,
  namespace: string,
  report: Reporter,
): Promise<{ resources: readonly Resource[]; files: readonly string[] }> {
  const texts = await readSources(sources, report)
  const resources: Resource[] = []
  for (const { name, text } of texts) {
    const documents = await parseDocuments(name, text, report)
    resources.push(...documents.flatMap((document) => readResources(document, namespace, report)))
  }
  return { resources: selectResources(resources, report), files: texts.map((text) => text.name) }
}

function byKind(resources: readonly Resource[]): ReadonlyMap<string, readonly Resource[]> {
  const kinds = new Map<string, Resource[]>()
  for (const resource of resources) {
    const kind = `${resource.group}/${resource.kind}`
    const known = kinds.get(kind)
    if (known === undefined) kinds.set(kind, [resource])
    else known.push(resource)
  }
  return kinds
}

/**
 * Reads Istio, Ingress, Kong and Kubernetes manifests into a native config. Nothing in them is dropped in silence: what
 * cannot be honoured is in `diagnostics`, with file and line, as an error where ignoring it would weaken security.
 *
 * @example
 * const config = await loadManifests('deploy/*.yaml', { endpoints: { reviews: [{ url: 'http://10.0.0.7:9080' }] } })
 * const mesh = createMesh({ service: 'web', config })
 */
export async function loadManifests(
  sources: ManifestSources,
  options: LoadManifestsOptions = {},
): Promise<LoadedConfig> {
  const { kong = '3.9', strict = false, redis, ...rest } = validate(loadManifestsOptions, options, 'loadManifests')
  const { namespace = 'default', clusterDomain = 'cluster.local', endpoints = {} } = rest
  const report = new Reporter()
  const { resources, files } = await readAll(sources, namespace, report)
  const namespaces = new Set([namespace, ...resources.map((resource) => resource.namespace)])
  const services = new ServiceRegistry({ namespace, clusterDomain, namespaces }, endpoints)
  const config = compileResources({ report, services, resources: byKind(resources), strict, kong, redis })
  return Object.defineProperty({ ...config, diagnostics: report.sorted(files) }, 'diagnostics', { enumerable: false })
}
