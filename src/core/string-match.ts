import { compileRegex } from './regex.js'

/** A string test: an exact string, or one of the forms. */
export type StringMatch =
  | string
  | {
      /** The whole value. */
      exact?: string | undefined
      /** How the value begins. */
      prefix?: string | undefined
      /** How the value ends. */
      suffix?: string | undefined
      /** RE2, anchored at both ends. */
      regex?: string | undefined
      /** true: there, whatever its value; false: not there. */
      present?: boolean | undefined
      /** Turns the test round. A missing value passes a turned test. */
      not?: boolean | undefined
      /** Compare without case. Default false. */
      ignoreCase?: boolean | undefined
    }

/** A compiled test; `undefined` stands for a missing value. */
export type Matcher = (value: string | undefined) => boolean

function compilePositive(match: Exclude<StringMatch, string>): Matcher {
  const fold = match.ignoreCase === true ? (s: string) => s.toLowerCase() : (s: string) => s
  if (match.exact !== undefined) {
    const exact = fold(match.exact)
    return match.ignoreCase === true ? (v) => v !== undefined && fold(v) === exact : (v) => v === exact
  }
  if (match.prefix !== undefined) {
    const prefix = fold(match.prefix)
    return (v) => v !== undefined && fold(v).startsWith(prefix)
  }
  if (match.suffix !== undefined) {
    const suffix = fold(match.suffix)
    return (v) => v !== undefined && fold(v).endsWith(suffix)
  }
  if (match.regex !== undefined) {
    const regex = compileRegex(match.regex, { ignoreCase: match.ignoreCase })
    return (v) => v !== undefined && regex.matches(v)
  }
  return match.present === false ? (v) => v === undefined : (v) => v !== undefined
}

/** Compiles a string test once; matching never backtracks. Throws for a pattern that RE2 refuses. */
export function compileMatch(match: StringMatch): Matcher {
  if (typeof match === 'string') return (value) => value === match
  const positive = compilePositive(match)
  return match.not === true ? (value) => !positive(value) : positive
}
