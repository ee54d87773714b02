import type { MeshConfig } from '../config/config.js'
import { validate } from '../core/schema/index.js'
import { compileResources } from './compile.js'
import { type Diagnostic, Reporter } from './diagnostics.js'
import type { ManifestValue } from './document.js'
import { selectResources } from './kinds.js'
import { type LoadManifestsOptions, loadManifestsOptions } from './options.js'
import { parseManifest } from './parse.js'
import { type Resource, readResources } from './resource.js'
import { ServiceRegistry } from './services.js'
import { type ManifestSources, type ManifestText, readSources } from './sources.js'

/** A config, and what there is to know about the manifests that it came from. */
export type LoadedConfig = MeshConfig & {
  /** Not enumerable. `createMesh` refuses a config that has errors among them. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads the documents of one manifest. */
export type ParseManifest = (manifest: ManifestText, report: Reporter) => Promise<readonly ManifestValue[]>

async function readAll(
  texts: readonly ManifestText[],
  namespace: string,
  report: Reporter,
  parse: ParseManifest,
): Promise<readonly Resource[]> {
  const resources: Resource[] = []
  for (const text of texts) {
    const documents = await parse(text, report)
    for (const document of documents) resources.push(...readResources(document, namespace, report))
  }
  return selectResources(resources, report)
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
  const checked = validate(loadManifestsOptions, options, 'loadManifests')
  const report = new Reporter()
  return compileTexts(await readSources(sources, report), checked, report, parseManifest)
}

/** Compiles manifests that have been read; `report` may already hold what was wrong with reading them. */
export async function compileTexts(
  texts: readonly ManifestText[],
  options: LoadManifestsOptions,
  report: Reporter,
  parse: ParseManifest,
): Promise<LoadedConfig> {
  const { kong = '3.9', strict = false, redis, ...rest } = options
  const { namespace = 'default', clusterDomain = 'cluster.local', endpoints = {} } = rest
  const resources = await readAll(texts, namespace, report, parse)
  const namespaces = new Set([namespace, ...resources.map((resource) => resource.namespace)])
  const services = new ServiceRegistry({ namespace, clusterDomain, namespaces }, endpoints)
  const config = compileResources({
    report,
    services,
    namespace,
    resources: byKind(resources),
    strict,
    kong,
    redis,
  })
  const diagnostics = report.sorted(texts.map((text) => text.name))
  return Object.defineProperty({ ...config, diagnostics }, 'diagnostics', { enumerable: false })
}
