import type { Regex } from './regex.js'

/**
 * Compiles a substitution of RE2's form: `\0` to `\9` stand for what the groups matched, `\\` for a backslash. The result
 * replaces every match in a text. Throws an Error for any other escape and for a group that the pattern does not have.
 */
export function compileRewrite(regex: Regex, substitution: string): (text: string) => string {
  const parts: (string | number)[] = []
  for (let i = 0; i < substitution.length; i++) {
    const char = substitution[i] ?? ''
    if (char !== '\\') {
      parts.push(char)
      continue
    }
    const next = substitution[++i] ?? ''
    if (next === '\\') parts.push('\\')
    else if (/^\d$/.test(next)) parts.push(Number(next))
    else throw new Error('after a backslash comes a digit or another backslash')
  }
  const missing = parts.find((part) => typeof part === 'number' && part > regex.groups)
  if (missing !== undefined) throw new Error(`refers to group ${missing}, but the pattern has ${regex.groups}`)
  return (text) =>
    regex.replaceAll(text, (groups) =>
      parts.map((part) => (typeof part === 'number' ? (groups[part] ?? '') : part)).join(''),
    )
}
