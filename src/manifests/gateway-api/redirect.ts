import type { RedirectOptions } from '../../routing/action/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readHostname } from './hostname.js'
import { compilePathModifier } from './path-modifier.js'

const vocabulary: Vocabulary = { known: ['scheme', 'hostname', 'path', 'port', 'statusCode'] }
const statuses = [301, 302, 303, 307, 308] as const

/** What a redirect takes from the listener that the request came to. */
export interface RedirectBase {
  /** Undefined when no Gateway says: that of the request. */
  readonly scheme: 'https' | undefined
  /** Undefined when no Gateway says, and inside the mesh: that of the request. */
  readonly port: number | undefined
}

function compileStatus(fields: Fields): RedirectOptions['status'] {
  const given = fields.number('statusCode')
  if (given === undefined) return 302
  const status = statuses.find((one) => one === given)
  if (status === undefined) fields.error('statusCode', 'invalid-value', `must be one of ${statuses.join(', ')}.`)
  return status
}

/** Compiles a RequestRedirect: 302 by default; the port is the given one, the scheme's, or else the listener's. */
export function compileRedirect(filter: Fields, base: RedirectBase): RedirectOptions | undefined {
  const fields = filter.fields('requestRedirect', vocabulary)
  if (fields === undefined) return undefined
  const scheme = fields.oneOf('scheme', ['http', 'https']) ?? base.scheme
  const hostname = readHostname(fields, 'hostname')
  const port = fields.integer('port', { min: 1, max: 65_535 })
  return {
    ...compilePathModifier(fields),
    ...(hostname === undefined ? {} : { authority: hostname }),
    ...(scheme === undefined ? {} : { scheme }),
    port: port ?? (fields.has('scheme') ? 'scheme' : (base.port ?? 'request')),
    status: compileStatus(fields),
  }
}
