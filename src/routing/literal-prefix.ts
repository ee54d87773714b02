/** What a repetition may follow: the character before it is not certain to be there. */
const optional = new Set(['*', '?', '{'])
const meta = new Set(['\\', '^', '$', '.', '|', '?', '*', '+', '(', ')', '[', ']', '{', '}'])

/** Whether a pattern has alternatives on its outermost level, so that nothing need begin it. Rather says yes than no. */
function branches(pattern: string): boolean {
  let depth = 0
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]
    if (char === '\\') i++
    else if (char === '[') return pattern.includes('|')
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === '|' && depth <= 0) return true
  }
  return false
}

/**
 * The text that everything begins with that an anchored RE2 pattern matches; empty when none is certain. Lets patterns be
 * looked up by how they begin instead of being tried one after the other.
 */
export function literalPrefix(pattern: string): string {
  if (branches(pattern)) return ''
  const chars: string[] = []
  let at = pattern.startsWith('^') ? 1 : 0
  while (at < pattern.length) {
    const char = pattern[at] ?? ''
    const next = pattern[at + 1] ?? ''
    const escaped = char === '\\' && /[^A-Za-z0-9]/.test(next)
    if (meta.has(char) && !escaped) break
    chars.push(escaped ? next : char)
    at += escaped ? 2 : 1
  }
  if (optional.has(pattern[at] ?? '')) chars.pop()
  return chars.join('')
}
