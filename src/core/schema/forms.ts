import type * as v from 'valibot'

interface Form extends v.GenericSchema {
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly pipe?: readonly [v.GenericSchema, ...unknown[]]
  readonly literal?: unknown
}

function entriesOf(schema: v.GenericSchema): Form['entries'] {
  const form: Form = schema
  return form.pipe !== undefined && form.pipe[0] !== schema ? entriesOf(form.pipe[0]) : form.entries
}

/** The keys of an object schema, behind any rules that were put around it; undefined for a schema of another kind. */
export function keysOf(schema: v.GenericSchema): readonly string[] | undefined {
  const entries = entriesOf(schema)
  return entries === undefined ? undefined : Object.keys(entries)
}

/** A fixed value, as in `kind: 'dns'`, tells forms apart better than any number of keys. */
const literalScore = 1_000

function likeness(form: v.GenericSchema, value: object): number {
  const entries = entriesOf(form) ?? {}
  let score = 0
  for (const [key, one] of Object.entries(value)) {
    const entry: Form | undefined = Object.hasOwn(entries, key) ? entries[key] : undefined
    if (entry !== undefined) score += entry.literal !== undefined && entry.literal === one ? literalScore : 1
  }
  return score
}

/** Of several forms, the one that a value is most like, by its keys and fixed values; the first of equals. */
export function meant<F extends v.GenericSchema>(forms: readonly F[], value: unknown): F | undefined {
  let best: F | undefined
  let most = -1
  for (const form of forms) {
    const score = typeof value === 'object' && value !== null ? likeness(form, value) : 0
    if (score > most) {
      best = form
      most = score
    }
  }
  return best
}
