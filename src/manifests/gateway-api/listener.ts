import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import type { Resource } from '../resource.js'
import { demand, readSectionName } from './checks.js'
import { anyHost, readHostname } from './hostname.js'
import { compileSelector } from './selector.js'

/** Fields of a listener. */
export const listenerVocabulary: Vocabulary = {
  known: ['name', 'hostname', 'port', 'protocol', 'tls', 'allowedRoutes'],
}

const tls: Vocabulary = {
  known: ['mode', 'certificateRefs', 'options'],
  unsupported: {
    frontendValidation: {
      severity: 'error',
      message: 'Certificates of clients are demanded by "inbound.mtls" and mesh.server(), not here: they would not be.',
    },
  },
}

/** A place where a Gateway takes requests. */
export interface Listener {
  readonly gateway: Resource
  readonly name: string
  /** `*` for any. */
  readonly hostname: string
  /** Undefined when no Gateway says. */
  readonly port: number | undefined
  /** Undefined when no Gateway says. */
  readonly scheme: 'http' | 'https' | undefined
  readonly fields: Fields | undefined
  /** Whether HTTPRoutes of a namespace may be attached. */
  readonly allows: (namespace: string) => boolean
}

function labelsOf(context: CompileContext, namespace: string): ReadonlyMap<string, string> {
  const resource = resourcesOf(context, '', 'Namespace').find((one) => one.name === namespace)
  return new Map([...(resource?.labels ?? []), ['kubernetes.io/metadata.name', namespace]])
}

function compileAllowed(context: CompileContext, gateway: Resource, listener: Fields): Listener['allows'] {
  const allowed = listener.fields('allowedRoutes', { known: ['namespaces', 'kinds'] })
  const kinds = allowed?.each('kinds', { known: ['group', 'kind'] }) ?? []
  const takesHttp = kinds.map((one) => {
    demand(one, 'kind')
    return one.text('kind') === 'HTTPRoute' && (one.text('group') ?? gateway.group) === gateway.group
  })
  if (takesHttp.length > 0 && !takesHttp.includes(true)) return () => false
  const namespaces = allowed?.fields('namespaces', { known: ['from', 'selector'] })
  const from = namespaces?.oneOf('from', ['All', 'Selector', 'Same', 'None']) ?? 'Same'
  if (from === 'All') return () => true
  if (from === 'None') return () => false
  if (from === 'Same' || namespaces === undefined) return (namespace) => namespace === gateway.namespace
  const test = compileSelector(namespaces, 'selector', context.report)
  return (namespace) => test(labelsOf(context, namespace))
}

function checkTls(fields: Fields, protocol: string): boolean {
  const part = fields.fields('tls', tls)
  const mode = part?.oneOf('mode', ['Terminate', 'Passthrough']) ?? 'Terminate'
  if (protocol === 'HTTP' && part !== undefined)
    fields.error('tls', 'invalid-value', 'A listener of the protocol HTTP has no TLS.')
  if (protocol === 'HTTPS' && mode === 'Passthrough')
    part?.error('mode', 'invalid-value', 'A listener of the protocol HTTPS terminates TLS.')
  if (protocol === 'HTTPS' && part !== undefined)
    fields.warn(
      'tls',
      'unsupported-field',
      'Certificates of the gateway come from its server (mesh.server), not from here.',
    )
  return mode === 'Terminate'
}

/** Reads a listener; undefined for one that HTTP does not come to. */
export function readListener(context: CompileContext, gateway: Resource, fields: Fields): Listener | undefined {
  for (const name of ['name', 'port', 'protocol']) demand(fields, name)
  const name = readSectionName(fields, 'name') ?? ''
  const port = fields.integer('port', { min: 1, max: 65_535 })
  const protocol = fields.text('protocol') ?? ''
  const hostname = readHostname(fields, 'hostname', true) ?? anyHost
  const terminates = checkTls(fields, protocol)
  const allows = compileAllowed(context, gateway, fields)
  if (protocol !== 'HTTP' && protocol !== 'HTTPS') {
    if (protocol !== '')
      fields.warn(
        'protocol',
        'unsupported-field',
        `Only HTTP and HTTPS are read: the listener of ${protocol} is left out.`,
      )
    return undefined
  }
  if (!terminates) return undefined
  return { gateway, name, hostname, port, scheme: protocol === 'HTTPS' ? 'https' : 'http', fields, allows }
}

/** Stands in for a Gateway that is not among the manifests. */
export function unknownListener(gateway: Resource): Listener {
  return {
    gateway,
    name: '',
    hostname: anyHost,
    port: undefined,
    scheme: undefined,
    fields: undefined,
    allows: () => true,
  }
}
