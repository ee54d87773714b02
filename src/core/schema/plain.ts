/** Whether a value is an object of fields, also one of another realm: no list, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Whether it is an instance of a class, which may hold other things than its fields. */
export function isInstance(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlainObject(value)
}

/**
 * Whether a value has fields to read: one of a class of the user's has, a promise, a map or a source has none, and would
 * pass for an object in which nothing is set. The type of the value, if it is declared, stays.
 */
export function isFields(value: unknown): boolean {
  return isPlainObject(value) || (isInstance(value) && Object.keys(value).length > 0)
}

/** What kind of value it is, for a message that must not show it. */
export function kindOf(value: object): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  if (!isInstance(value)) return 'an object'
  const { constructor: made }: { constructor?: unknown } = value
  return typeof made === 'function' && made.name !== '' ? `an instance of ${made.name}` : 'an instance of a class'
}
