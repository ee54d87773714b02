import { type LoadedConfig, type LoadManifestsOptions, loadManifests } from '../../../src/manifests/index.js'

/** A Service with one port, 8080 unless said otherwise. */
export function service(name: string, namespace = 'infra', port = 8080): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: ${namespace} }
spec: { ports: [{ port: ${port} }] }
`
}

/** An HTTPRoute in `infra`; `spec` is indented by two. Its own fields begin in line 4. */
export function httpRoute(name: string, spec: string, metadata = ''): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: ${name}, namespace: infra${metadata} }
spec:
${spec}`
}

/** An HTTPRoute for calls to the Service `echo`; `rules` are indented by four and begin in line 7. */
export function meshRoute(name: string, rules: string, metadata = ''): string {
  return httpRoute(name, `  parentRefs: [{ group: "", kind: Service, name: echo }]\n  rules:\n${rules}`, metadata)
}

/** A rule that sends what matches to a Service. */
export function rule(backend: string, matches = ''): string {
  const given = matches === '' ? '' : `      matches: [${matches}]\n`
  return `    - backendRefs: [{ name: ${backend}, port: 8080 }]\n${given}`
}

/** A rule with something beside its one backend, `v1`. */
export function ruleWith(fields: string): string {
  return `    - backendRefs: [{ name: v1, port: 8080 }]\n      ${fields}\n`
}

/** A Gateway in `infra`; each listener is a mapping in flow form. */
export function gateway(name: string, ...listeners: string[]): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: ${name}, namespace: infra }
spec: { gatewayClassName: mesh, listeners: [${listeners.join(', ')}] }
`
}

/** The Services that the routes here lead to. */
const backends: string = ['echo', 'v1', 'v2', 'v3'].map((name) => service(name)).join('---\n')

/** Endpoints for them, so that their absence is not what a test is about. */
const endpoints: NonNullable<LoadManifestsOptions['endpoints']> = Object.fromEntries(
  ['echo', 'v1', 'v2', 'v3'].map((name, i) => [`${name}.infra`, [{ url: `http://127.0.0.1:${9001 + i}` }]]),
)

/** Loads documents as the file `m.yaml`, after the backends of `b.yaml`, for callers in `infra`. */
export function load(documents: string | readonly string[], options: LoadManifestsOptions = {}): Promise<LoadedConfig> {
  const text = typeof documents === 'string' ? documents : documents.join('---\n')
  return loadManifests(
    [
      { name: 'b.yaml', text: backends },
      { name: 'm.yaml', text },
    ],
    { namespace: 'infra', endpoints, ...options },
  )
}
