import { compileRegex } from '../../core/regex.js'
import { compileRewrite } from '../../core/rewrite.js'
import type { RewriteOptions } from '../../routing/action/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readAuthority, readWirePath } from '../wire.js'

const vocabulary: Vocabulary = { known: ['uri', 'authority', 'uriRegexRewrite'] }

function readRegex(rewrite: Fields): RewriteOptions['regex'] {
  const fields = rewrite.fields('uriRegexRewrite', { known: ['match', 'rewrite'] })
  if (fields === undefined) return undefined
  if (fields.requiredText('match') === undefined || fields.requiredText('rewrite') === undefined) return undefined
  const pattern = fields.regex('match')
  const substitution = fields.text('rewrite')
  if (pattern === undefined || substitution === undefined) return undefined
  try {
    compileRewrite(compileRegex(pattern), substitution)
  } catch (error) {
    fields.error('rewrite', 'invalid-value', error instanceof Error ? `${error.message}.` : 'is not understood.')
    return undefined
  }
  return { pattern, substitution }
}

/** Reads `rewrite`; undefined when there is none. A `uri` takes the place of what the rule's path condition matched. */
export function readRewrite(http: Fields): RewriteOptions | undefined {
  const fields = http.fields('rewrite', vocabulary)
  if (fields === undefined) return undefined
  const matched = readWirePath(fields, 'uri')
  const authority = readAuthority(fields, 'authority')
  const regex = readRegex(fields)
  if (matched !== undefined && fields.has('uriRegexRewrite'))
    fields.error('uriRegexRewrite', 'invalid-value', 'The path is rewritten by "uri" already: one of the two.')
  if (!['uri', 'authority'].some((name) => fields.text(name)) && !fields.has('uriRegexRewrite'))
    http.error('rewrite', 'missing-field', 'A rewrite needs uri, uriRegexRewrite or authority.')
  return {
    ...(matched === undefined ? {} : { matched }),
    ...(regex === undefined || matched !== undefined ? {} : { regex }),
    ...(authority === undefined ? {} : { authority }),
  }
}
