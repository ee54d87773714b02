import { createHash } from 'node:crypto'

/** From weak to strong: only the strongest kind that is named counts. */
const algorithms = ['sha256', 'sha384', 'sha512']
const token = /^(sha256|sha384|sha512)-([A-Za-z0-9+/_-]+={0,2})(?:\?.*)?$/

/** Whether bytes have one of the digests of a subresource integrity list; a list that names none we know passes. */
export function matchesIntegrity(bytes: Uint8Array, integrity: string): boolean {
  let strongest = -1
  let digests: string[] = []
  for (const item of integrity.split(/[\t\n\f\r ]+/)) {
    const match = token.exec(item)
    if (match === null) continue
    const strength = algorithms.indexOf(match[1] ?? '')
    if (strength < strongest) continue
    if (strength > strongest) digests = []
    strongest = strength
    digests.push((match[2] ?? '').replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, ''))
  }
  const algorithm = algorithms[strongest]
  if (algorithm === undefined) return true
  const actual = createHash(algorithm).update(bytes).digest('base64').replace(/=+$/, '')
  return digests.includes(actual)
}
