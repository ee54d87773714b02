import type * as v from 'valibot'
import type { Problem } from '../config-error.js'
import { meant } from './forms.js'
import { isInstance, isPlainObject, kindOf } from './plain.js'
import { suggest } from './suggest.js'

const prototypeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

interface Node extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly value?: v.GenericSchema
  readonly item?: v.GenericSchema
  readonly wrapped?: v.GenericSchema
  readonly options?: readonly v.GenericSchema[]
  readonly pipe?: readonly [v.GenericSchema, ...unknown[]]
  /** Of a value that code hands over: tells whether it is one. */
  readonly check?: (value: unknown) => boolean
}

function join(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

function walk(schema: v.GenericSchema, value: unknown, path: string, problems: Problem[]): void {
  const node: Node = schema
  if (node.pipe !== undefined && node.pipe[0] !== schema) return walk(node.pipe[0], value, path, problems)
  if (node.wrapped !== undefined) return walk(node.wrapped, value, path, problems)
  if (node.options !== undefined) {
    if (node.options.some((option) => isHandedOver(option, value))) return
    const fitting = meant(
      node.options.filter((option) => typeof option === 'object' && fits(option, value)),
      value,
    )
    if (fitting !== undefined) walk(fitting, value, path, problems)
    return
  }
  if (node.item !== undefined) {
    if (Array.isArray(value)) for (const [i, item] of value.entries()) walk(node.item, item, `${path}[${i}]`, problems)
    return
  }
  if (node.entries === undefined && node.value === undefined) return
  if (!isPlainObject(value)) {
    // Valibot refuses what is no object at all, and takes every other.
    const { entries } = node
    const known =
      isInstance(value) && Object.keys(value).some((key) => entries === undefined || Object.hasOwn(entries, key))
    if (isInstance(value) && !known) problems.push({ path, message: 'must be a plain object', got: kindOf(value) })
    return
  }
  for (const key of Object.keys(value)) {
    const at = join(path, key)
    if (prototypeKeys.has(key)) {
      problems.push({ path: at, message: 'is not allowed as a name', got: `"${key}"` })
      continue
    }
    const entry =
      node.entries === undefined ? node.value : Object.hasOwn(node.entries, key) ? node.entries[key] : undefined
    if (entry !== undefined) walk(entry, value[key], at, problems)
    else
      problems.push({
        path: at,
        message: 'is not a known option',
        expected: Object.keys(node.entries ?? {}).join(', '),
        suggestion: suggest(key, Object.keys(node.entries ?? {})),
      })
  }
}

function isHandedOver(option: v.GenericSchema, value: unknown): boolean {
  const node: Node = option
  return node.check?.(value) === true
}

/** Whether a form of a union is the one meant, judged by kind alone. */
function fits(option: v.GenericSchema, value: unknown): boolean {
  const node: Node = option
  if (node.pipe !== undefined && node.pipe[0] !== option) return fits(node.pipe[0], value)
  if (node.wrapped !== undefined) return fits(node.wrapped, value)
  if (node.options !== undefined) return node.options.some((one) => fits(one, value))
  if (node.item !== undefined) return Array.isArray(value)
  if (node.entries !== undefined || node.value !== undefined) return isPlainObject(value)
  return false
}

/** Every unknown and every prototype key of a value, which valibot would tell one at a time or drop in silence. */
export function unknownKeys(schema: v.GenericSchema, value: unknown, path: string): Problem[] {
  const problems: Problem[] = []
  walk(schema, value, path, problems)
  return problems
}
