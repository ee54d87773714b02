import { createRequire } from 'node:module'
import type { RE2JS as Engine } from 're2js'

/** Longest pattern, as in Istio's validation. */
export const maxPatternLength = 1024

/** A compiled RE2 pattern: linear time, whatever the input. */
export interface Regex {
  /** Whole-string match. */
  matches(text: string): boolean
  /** Length of the match that begins where the text does, the first that is found; -1 for none. */
  prefixLength(text: string): number
  /** Number of groups. */
  readonly groups: number
  /** Replaces every match as RE2's GlobalReplace does, by what `replace` makes of the match and its groups. */
  replaceAll(text: string, replace: (groups: readonly (string | undefined)[]) => string): string
}

let engine: typeof Engine | undefined

/** RE2, loaded with the first pattern: most configs have none. With `require`, because a config is compiled at once. */
function re2(): typeof Engine {
  engine ??= createRequire(import.meta.url)('re2js').RE2JS as typeof Engine
  return engine
}

/** Compiles a pattern with RE2's syntax. Throws an Error whose message names what RE2 refuses. */
export function compileRegex(pattern: string, flags: { ignoreCase?: boolean | undefined } = {}): Regex {
  if (pattern.length > maxPatternLength) throw new Error(`a pattern has at most ${maxPatternLength} characters`)
  const RE2JS = re2()
  const compiled = RE2JS.compile(pattern, flags.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0)
  return {
    matches: (text) => compiled.matches(text),
    prefixLength(text) {
      const matcher = compiled.matcher(text)
      return matcher.lookingAt() ? matcher.end() : -1
    },
    groups: compiled.groupCount(),
    replaceAll(text, replace) {
      const matcher = compiled.matcher(text)
      let result = ''
      let end = 0
      for (let first = true; matcher.find(); first = false) {
        // RE2 takes no empty match right behind another one.
        if (!first && matcher.start() === end && matcher.end() === end) continue
        const groups = Array.from({ length: compiled.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)
        result += text.slice(end, matcher.start()) + replace(groups)
        end = matcher.end()
      }
      return result + text.slice(end)
    },
  }
}
