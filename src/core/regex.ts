import { RE2JS } from 're2js'

/** Longest pattern, as in Istio's validation. */
export const maxPatternLength = 1024

/** A compiled RE2 pattern: linear time, whatever the input. */
export interface Regex {
  /** Whole-string match. */
  matches(text: string): boolean
}

/** Compiles a pattern with RE2's syntax. Throws an Error whose message names what RE2 refuses. */
export function compileRegex(pattern: string, flags: { ignoreCase?: boolean | undefined } = {}): Regex {
  if (pattern.length > maxPatternLength) throw new Error(`a pattern has at most ${maxPatternLength} characters`)
  const compiled = RE2JS.compile(pattern, flags.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0)
  return {
    matches: (text) => compiled.matches(text),
  }
}
