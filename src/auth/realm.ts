import { rule, type Schema, text } from '../core/schema/index.js'

/** Schema of a realm: text that stands in a challenge between quotes. */
export const realm: Schema<string> = rule(text, (value, report) => {
  if (!/^[ !#-[\]-~]+$/.test(value)) report([], 'must be ASCII without quotes and backslashes')
})
