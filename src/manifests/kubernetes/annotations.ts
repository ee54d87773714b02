import type { Reporter } from '../diagnostics.js'
import { type AnnotationVocabulary, checkAnnotations, kongPrefix } from '../kong-annotations.js'
import { annotationPlace, type Resource } from '../resource.js'
import type { ServicePort } from '../services.js'

const vocabulary: AnnotationVocabulary = {
  known: ['plugins', 'protocol', 'tags'],
  unsupported: {
    override: ['error', 'KongIngress is not read: what it overrides is not known.'],
    path: ['warning', 'Nothing is put before the path: a route can rewrite it.'],
    'host-header': ['warning', "The gateway sends the client's Host, or the name of the Service."],
    'client-cert': ['warning', 'The identity of the mesh is presented, under mutual TLS.'],
    'tls-verify': ['warning', 'Servers are always verified.'],
    'tls-verify-depth': ['warning', 'Chains of any length are verified.'],
    'ca-certificates-secrets': ['warning', 'Authorities come from the config of the mesh, not from Secrets.'],
    'ca-certificates-configmaps': ['warning', 'Authorities come from the config of the mesh, not from ConfigMaps.'],
    'connect-timeout': ['warning', 'Timeouts come from the routes and policies of the mesh.'],
    'read-timeout': ['warning', 'Timeouts come from the routes and policies of the mesh.'],
    'write-timeout': ['warning', 'Timeouts come from the routes and policies of the mesh.'],
    retries: ['warning', 'Retries come from the routes and policies of the mesh.'],
    'upstream-policy': ['warning', 'KongUpstreamPolicy is not read.'],
  },
}

const overTls: ReadonlySet<string> = new Set(['https', 'grpcs', 'tls'])

/** Checks what Kong is told about a Service. TLS that is asked for here must not become plain text. */
export function checkServiceAnnotations(report: Reporter, resource: Resource, ports: readonly ServicePort[]): void {
  checkAnnotations(report, resource, vocabulary)
  const protocol = resource.annotations.get(`${kongPrefix}protocol`)
  if (protocol === undefined || !overTls.has(protocol)) return
  const plain = ports.find(({ scheme }) => scheme === 'http')
  if (plain === undefined) return
  const message = `Port ${plain.port} would be called without TLS: give it "appProtocol: https", or a name like "https".`
  report.error(annotationPlace(resource, `${kongPrefix}protocol`), 'unsupported-field', message)
}
