import type { ClientCall } from '../../core/call.js'
import { portOf, type Scheme } from '../../core/url.js'
import type { RedirectOptions } from './options.js'
import { type PathRewrite, replaceSegments, rewriteTarget } from './path-rewrite.js'

const defaultPorts: Readonly<Record<Scheme, number>> = { http: 80, https: 443 }

/** Position of the `:` before the port; the length where there is none. */
function endOfHost(authority: string): number {
  const colon = authority.lastIndexOf(':')
  return colon > authority.lastIndexOf(']') ? colon : authority.length
}

/** The call's own authority; its port goes when it was that of a scheme which is not kept. */
function ownAuthority(call: ClientCall, scheme: Scheme): string {
  const { authority } = call
  if (scheme === call.scheme) return authority
  const end = endOfHost(authority)
  return authority.slice(end) === `:${defaultPorts[call.scheme]}` ? authority.slice(0, end) : authority
}

function authorityWith(port: number, authority: string, scheme: Scheme): string {
  const host = authority.slice(0, endOfHost(authority))
  return port === defaultPorts[scheme] ? host : `${host}:${port}`
}

function targetOf(
  call: ClientCall,
  path: string | undefined,
  rewrite: PathRewrite | undefined,
  prefix: string | undefined,
): string {
  if (rewrite !== undefined) return rewriteTarget(call.path, rewrite, prefix)
  if (path === undefined) return call.path
  const whole = path.startsWith('/') ? path : `/${path}`
  const query = call.path.indexOf('?')
  return whole.includes('?') || query === -1 ? whole : whole + call.path.slice(query)
}

/**
 * Compiles a redirect into what makes the `location` of a call, as Envoy does: what is not given stays as the call has it.
 * `prefix` is what the route asked for of the path.
 */
export function compileRedirect(options: RedirectOptions): (call: ClientCall, prefix: string | undefined) => string {
  const { path, pathPrefix, authority, port } = options
  const rewrite = pathPrefix === undefined ? undefined : replaceSegments(pathPrefix)
  return function locationOf(call, prefix) {
    const scheme = options.scheme ?? call.scheme
    const host = authority ?? ownAuthority(call, scheme)
    const wanted =
      port === 'scheme' ? defaultPorts[scheme] : port === 'request' ? portOf(call.authority, call.scheme) : port
    const where = wanted === undefined ? host : authorityWith(wanted, host, scheme)
    return `${scheme}://${where}${targetOf(call, path, rewrite, prefix)}`
  }
}
