import type { RedirectOptions } from '../../routing/action/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readLine } from '../wire.js'

const vocabulary: Vocabulary = { known: ['uri', 'authority', 'scheme', 'port', 'derivePort', 'redirectCode'] }

type Status = NonNullable<RedirectOptions['status']>
const statuses: readonly Status[] = [301, 302, 303, 307, 308]

function readStatus(fields: Fields): Status | undefined {
  const code = fields.integer('redirectCode')
  if (code === undefined || code === 0) return undefined
  const status = statuses.find((one) => one === code)
  if (status === undefined) fields.error('redirectCode', 'invalid-value', `must be one of ${statuses.join(', ')}.`)
  return status
}

/** `redirect` of a rule. `request` is the port that is called. */
export interface HttpRedirect extends Omit<RedirectOptions, 'port'> {
  readonly port?: number | 'request' | undefined
}

/** Undefined for Envoy's way: the authority keeps its port, unless that is the one of a scheme which is left. */
function readPort(fields: Fields): HttpRedirect['port'] {
  const port = fields.integer('port', { min: 0, max: 65_535 })
  const derived = fields.oneOf('derivePort', ['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT'])
  if (port !== undefined && derived !== undefined)
    fields.error('derivePort', 'invalid-value', 'The port is given already: one of port and derivePort.')
  if (derived !== undefined) return derived === 'FROM_REQUEST_PORT' ? 'request' : undefined
  return port === 0 ? undefined : port
}

/** Reads `redirect`; undefined when there is none. */
export function readRedirect(http: Fields): HttpRedirect | undefined {
  const fields = http.fields('redirect', vocabulary)
  if (fields === undefined) return undefined
  const path = readLine(fields, 'uri')
  const authority = readLine(fields, 'authority')
  const scheme = fields.text('scheme') === '' ? undefined : fields.oneOf('scheme', ['http', 'https'])
  const port = readPort(fields)
  const status = readStatus(fields)
  if (
    !['uri', 'authority', 'scheme'].some((name) => fields.has(name) && fields.text(name) !== '') &&
    !fields.has('port') &&
    !fields.has('derivePort')
  )
    http.error(
      'redirect',
      'missing-field',
      'A redirect needs at least one of uri, authority, scheme, port, derivePort.',
    )
  return {
    ...(path === undefined ? {} : { path }),
    ...(authority === undefined ? {} : { authority }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(port === undefined ? {} : { port }),
    ...(status === undefined ? {} : { status }),
  }
}

const defaultPorts = { http: 80, https: 443 } as const

/** The redirect of calls to one port. That of the scheme is not written, and leaves the authority as it is. */
export function toRedirectOptions({ port, ...redirect }: HttpRedirect, called: number): RedirectOptions {
  const wanted = port === 'request' ? called : port
  const { scheme = 'http' } = redirect
  if (wanted !== undefined && wanted !== defaultPorts[scheme]) return { ...redirect, port: wanted }
  // Where nothing else is given the location is that of the call.
  return Object.keys(redirect).some((name) => name !== 'status') ? redirect : { ...redirect, scheme }
}
