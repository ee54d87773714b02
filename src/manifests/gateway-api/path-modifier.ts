import { isWirePath } from '../../core/schema/index.js'
import type { Fields } from '../fields.js'
import { demand } from './checks.js'

/** What becomes of the path: the whole is replaced, or what a `PathPrefix` match matched. */
export type PathModifier = { readonly path: string } | { readonly pathPrefix: string }

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** Compiles `path` of a redirect or a rewrite. */
export function compilePathModifier(filter: Fields): PathModifier | undefined {
  const fields = filter.fields('path', { known: ['type', 'replaceFullPath', 'replacePrefixMatch'] })
  if (fields === undefined) return undefined
  demand(fields, 'type')
  const type = fields.oneOf('type', ['ReplaceFullPath', 'ReplacePrefixMatch'])
  if (type === undefined) return undefined
  const [own, other] =
    type === 'ReplaceFullPath'
      ? (['replaceFullPath', 'replacePrefixMatch'] as const)
      : (['replacePrefixMatch', 'replaceFullPath'] as const)
  if (!fields.has(own)) fields.error(own, 'missing-field', `"${own}" is required for the type ${type}.`)
  if (fields.has(other)) fields.error(other, 'invalid-value', `"${other}" does not go with the type ${type}.`)
  const text = fields.text(own)
  if (text === undefined) return undefined
  if (text.length > 1_024) fields.error(own, 'invalid-value', `has ${text.length} characters; at most 1024 can be.`)
  if (!isWirePath(text)) {
    fields.error(own, 'invalid-value', 'has spaces, or characters that no path can have unescaped.')
    return undefined
  }
  if (type === 'ReplaceFullPath') return { path: rooted(text) }
  return { pathPrefix: text === '' ? '' : rooted(text) }
}
