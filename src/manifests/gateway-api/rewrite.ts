import type { RewriteOptions } from '../../routing/action/options.js'
import type { Fields } from '../fields.js'
import { readHostname } from './hostname.js'
import { compilePathModifier } from './path-modifier.js'

/** Compiles a URLRewrite; undefined when it changes nothing. */
export function compileRewrite(filter: Fields): RewriteOptions | undefined {
  const fields = filter.fields('urlRewrite', { known: ['hostname', 'path'] })
  if (fields === undefined) return undefined
  const hostname = readHostname(fields, 'hostname')
  const path = compilePathModifier(fields)
  if (hostname === undefined && path === undefined) return undefined
  return { ...path, ...(hostname === undefined ? {} : { authority: hostname }) }
}
