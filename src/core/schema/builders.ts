import * as v from 'valibot'
import { type Duration, maxTimerMs, parseDuration } from '../duration.js'
import { compileRegex, maxPatternLength } from '../regex.js'
import type { StringMatch } from '../string-match.js'
import { messageOf } from '../thrown.js'
import { keysOf, meant } from './forms.js'

/** A schema whose valid input is a `T`; values are checked, never converted. */
export type Schema<T> = v.GenericSchema<unknown, T>

/** Reports a rule that a value breaks: where inside the value, what is wrong, what would be right. */
export type Report = (path: readonly (string | number)[], message: string) => void

type Shape<T> = { readonly [K in keyof T]-?: Schema<Exclude<T[K], undefined>> | Schema<T[K]> }

type RequiredKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? never : K }[keyof T]

/**
 * An object with exactly these keys, all optional but `required`. Unknown and prototype keys are reported by
 * `unknownKeys`, which can name all of them.
 */
export function object<T extends object>(shape: Shape<T>, required: readonly RequiredKeys<T>[] = []): Schema<T> {
  const entries: Record<string, v.GenericSchema> = {}
  const needed: readonly (keyof T)[] = required
  for (const key in shape) entries[key] = needed.includes(key) ? shape[key] : v.optional(shape[key])
  // The entries were just made from T's own shape.
  return v.object(entries, 'must be an object') as unknown as Schema<T>
}

/** An object whose keys are the user's names. */
export function record<T>(value: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return v.record(v.string(), value, 'must be an object') as Schema<Readonly<Record<string, T>>>
}

/** A list. */
export function list<T>(item: Schema<T>, options: { min?: number } = {}): Schema<readonly T[]> {
  const array = v.array(item, 'must be a list')
  const min = options.min ?? 0
  return min === 0 ? array : v.pipe(array, v.minLength(min, `must have at least ${min} entr${min === 1 ? 'y' : 'ies'}`))
}

/** One of several forms. The first that fits by kind is the one whose problems are told; of objects, the one that knows most of the keys. */
export function either<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B>
export function either<A, B, C>(a: Schema<A>, b: Schema<B>, c: Schema<C>): Schema<A | B | C>
export function either<A, B, C, D>(a: Schema<A>, b: Schema<B>, c: Schema<C>, d: Schema<D>): Schema<A | B | C | D>
export function either(...options: Schema<unknown>[]): Schema<unknown> {
  const objects = options.filter((option) => keysOf(option) !== undefined)
  if (objects.length < 2) return v.union(options)
  const chosen = { ...v.lazy((input) => meant(objects, input) ?? v.object({}, 'must be an object')), options: objects }
  const others = options.filter((option) => !objects.includes(option))
  return others.length === 0 ? chosen : v.union([...others, chosen])
}

/** One of some words. */
export function oneOf<const T extends string>(...words: readonly T[]): Schema<T> {
  return v.picklist(words, `must be one of ${words.map((word) => `"${word}"`).join(', ')}`)
}

/** Exactly this value. */
export function exactly<const T extends string | number | boolean>(value: T): Schema<T> {
  return v.literal(value, `must be ${JSON.stringify(value)}`)
}

/** A string that is not empty. */
export const text: Schema<string> = v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty'))

/** A string, possibly empty. */
export const anyText: Schema<string> = v.string('must be a string')

/** true or false; nothing that merely looks like it. */
export const flag: Schema<boolean> = v.boolean('must be true or false')

/** A finite number in a range, both ends included. */
export function number(min: number, max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `between ${min} and ${max}`
  const message = `must be a number, ${range}`
  return v.pipe(v.number(message), v.finite(message), v.minValue(min, message), v.maxValue(max, message))
}

/** An integer in a range, both ends included. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Schema<number> {
  const range = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `between ${min} and ${max}`
  const message = `must be an integer, ${range}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message))
}

/** A duration no timer would overflow. `min` in ms, default 0. */
export function duration(min = 0): Schema<Duration> {
  const message = `must be a duration: milliseconds, or a string like "250ms", "30s", "5m"${min > 0 ? `; at least ${min} ms` : ''}`
  return v.custom<Duration>((value) => {
    const ms = parseDuration(value)
    return ms !== undefined && ms >= min && ms <= maxTimerMs
  }, message)
}

/** A function. */
export function fn<T extends (...args: never[]) => unknown>(): Schema<T> {
  return v.custom<T>((value) => typeof value === 'function', 'must be a function')
}

/** A value that code hands over and no schema looks into; `accepts` tells whether it is one. */
export function instance<T>(what: string, accepts: (value: unknown) => boolean): Schema<T> {
  return v.custom<T>(accepts, `must be ${what}`)
}

/** Adds a rule over the whole value; it runs once the value has its shape. */
export function rule<T>(schema: Schema<T>, check: (value: T, report: Report) => void): Schema<T> {
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return
      check(dataset.value, (path, message) => {
        const items = path.map(
          (key) => ({ type: 'unknown', origin: 'value', input: dataset.value, key, value: undefined }) as const,
        )
        const [first, ...rest] = items
        addIssue(first === undefined ? { message } : { message, path: [first, ...rest] })
      })
    }),
  )
}

/** An RE2 pattern. */
export const pattern: Schema<string> = rule(text, (value, report) => {
  if (value.length > maxPatternLength) report([], `must have at most ${maxPatternLength} characters`)
  try {
    compileRegex(value)
  } catch (error) {
    report([], `is no RE2 pattern: ${messageOf(error)}`)
  }
})

/** A string test: an exact string or `{ exact | prefix | suffix | regex | present, not, ignoreCase }`. */
export const stringMatch: Schema<StringMatch> = either(
  anyText,
  rule(
    object<Exclude<StringMatch, string>>({
      exact: anyText,
      prefix: anyText,
      suffix: anyText,
      regex: pattern,
      present: flag,
      not: flag,
      ignoreCase: flag,
    }),
    (value, report) => {
      const forms = [value.exact, value.prefix, value.suffix, value.regex, value.present].filter(
        (form) => form !== undefined,
      )
      if (forms.length !== 1) report([], 'needs exactly one of exact, prefix, suffix, regex, present')
    },
  ),
)
