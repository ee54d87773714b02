import {
  formatDiagnostic,
  type LoadedConfig,
  type LoadManifestsOptions,
  loadManifests,
} from '../../src/manifests/index.js'

/** Loads one manifest, called `m.yaml`. */
export function loadText(text: string, options: LoadManifestsOptions = {}): Promise<LoadedConfig> {
  return loadManifests([{ name: 'm.yaml', text }], options)
}

/** What a config's diagnostics are, without their messages: `m.yaml:3:5 error unknown-field spec.htp`. */
export function found(config: LoadedConfig): string[] {
  return config.diagnostics.map((one) => formatDiagnostic({ ...one, message: '' }).replace(/: $/, ''))
}

/** The messages of a config's diagnostics, joined. */
export function messages(config: LoadedConfig): string {
  return config.diagnostics.map((one) => one.message).join('\n')
}

/** The head of a manifest; `body` comes below it, at the left margin. */
export function manifest(apiVersion: string, kind: string, name: string, body: string): string {
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: ${name}\n${body}`
}

/** A VirtualService for `reviews`; `http` are its rules, indented by four. The rules begin in line 7. */
export function virtualService(http: string): string {
  return manifest('networking.istio.io/v1', 'VirtualService', 'reviews', `spec:\n  hosts: [reviews]\n  http:\n${http}`)
}

/** A DestinationRule for `reviews`; `policy` is its trafficPolicy, indented by four. The policy begins in line 8. */
export function destinationRule(policy: string): string {
  return manifest(
    'networking.istio.io/v1',
    'DestinationRule',
    'reviews',
    `spec:\n  host: reviews\n  trafficPolicy:\n${policy}`,
  )
}

/** A KongPlugin called `p`; `config` is indented by two and begins in line 7. */
export function kongPlugin(plugin: string, config: string): string {
  return manifest('configuration.konghq.com/v1', 'KongPlugin', 'p', `plugin: ${plugin}\nconfig:\n${config}`)
}

/** An Ingress that leads `/` to `reviews`; `annotations` are indented by four and begin in line 6. */
export function ingress(annotations: string): string {
  return `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
${annotations}
spec:
  rules:
    - http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: reviews
                port:
                  number: 80
`
}

/** One endpoint for `reviews`, so that its absence is not what a test is about. */
export const reviews = { reviews: [{ url: 'http://127.0.0.1:9080', labels: { version: 'v1' } }] }
