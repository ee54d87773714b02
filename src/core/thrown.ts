function textOf(value: unknown): string {
  try {
    return String(value)
  } catch {
    // An object without a prototype, say, as a query parser makes.
    return 'a value without a text'
  }
}

/** What was thrown or a promise was rejected with, as an Error: code of others may throw anything. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(textOf(thrown), { cause: thrown })
}

/** What whatever was thrown says. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : textOf(thrown)
}
