/** Methods that may be repeated without harm (RFC 9110, 9.2.2). */
const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])

/** Whether a method may be sent again without harm, whatever became of the first time. */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}
