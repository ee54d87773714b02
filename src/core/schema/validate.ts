import * as v from 'valibot'
import { ConfigError, type Problem } from '../config-error.js'
import type { Schema } from './builders.js'
import { kindOf } from './plain.js'
import { suggest } from './suggest.js'
import { unknownKeys } from './unknown-keys.js'

const secretName = /secret|password|token|keys?$|credential|consumers|authorization|cookie/i
const userInfo = /\/\/[^\s"]*@/g

/** What is no single value is named by its kind: anything in it may be a secret. */
function shown(value: unknown, path: string): string | undefined {
  if (value === undefined) return 'nothing'
  if (secretName.test(path)) return undefined
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) return kindOf(value)
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  const text = (JSON.stringify(value) ?? typeof value).replaceAll(userInfo, '//...@')
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** A path as the user would write it: `services.reviews.retry.on[1]`. */
export function pathText(base: string, keys: readonly unknown[]): string {
  let path = base
  for (const key of keys)
    if (typeof key === 'number') path += `[${key}]`
    else if (typeof key === 'string' && /^[A-Za-z_$][\w$-]*$/.test(key)) path += path === '' ? key : `.${key}`
    else path += `[${JSON.stringify(key)}]`
  return path
}

/** Of a union's problems, those of the form that was meant: the one that got furthest. */
function leaves(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  if (issue.issues === undefined || issue.type !== 'union') return [issue]
  const deeper = issue.issues.filter(
    (one) => one.path !== undefined || one.type === 'raw_check' || one.type === 'picklist',
  )
  return deeper.length > 0 ? deeper.flatMap(leaves) : [issue.issues.at(-1) ?? issue]
}

function toProblem(base: string, parents: readonly unknown[], issue: v.BaseIssue<unknown>): Problem {
  const path = pathText(base, parents)
  const raw = issue.type === 'raw_check'
  const wordy = issue.type === 'picklist' && typeof issue.input === 'string' && issue.requirement === undefined
  if (issue.type === 'object' && issue.expected?.startsWith('"')) return { path, message: 'is required' }
  const words =
    wordy && issue.expected !== null ? [...issue.expected.matchAll(/"([^"]+)"/g)].map((m) => m[1] ?? '') : []
  return {
    path,
    message: issue.message,
    ...(raw ? {} : { got: shown(issue.input, path) }),
    expected: issue.expected ?? undefined,
    suggestion: typeof issue.input === 'string' ? suggest(issue.input, words) : undefined,
  }
}

/** Every problem of a value; empty when it is valid. `path` is where the value stands in the user's config. */
export function problemsOf(schema: Schema<unknown>, value: unknown, path = ''): Problem[] {
  const problems = unknownKeys(schema, value, path)
  const result = v.safeParse(schema, value)
  if (result.success) return problems
  for (const issue of result.issues) {
    const parents = issue.path?.map((item) => item.key) ?? []
    for (const leaf of leaves(issue)) {
      const inner = leaf === issue ? parents : [...parents, ...(leaf.path?.map((item) => item.key) ?? [])]
      problems.push(toProblem(path, inner, leaf))
    }
  }
  return problems
}

/**
 * Checks a value against a schema and returns it, typed. Throws `ConfigError` with every problem: path, what was
 * found, what was expected, what was probably meant.
 */
export function validate<T>(schema: Schema<T>, value: unknown, path = ''): T {
  const problems = problemsOf(schema, value, path)
  if (problems.length > 0) throw new ConfigError(problems)
  // No problem means that the schema accepted the value as it stands.
  return value as T
}
