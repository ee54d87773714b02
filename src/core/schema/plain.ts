/** Whether a value is an object of fields, also one of another realm: no list, and no instance of a class. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** The same for a value whose type is declared, and stays so. */
export function isFields(value: unknown): boolean {
  return isPlainObject(value)
}

/** Whether it is an instance of a class - a promise, a map -, whose fields are not what it holds. */
export function isInstance(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isPlainObject(value)
}

/** What kind of value it is, for a message that must not show it. */
export function kindOf(value: object): string {
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  return isInstance(value) && value.constructor.name !== '' ? `a ${value.constructor.name}` : 'an object'
}
