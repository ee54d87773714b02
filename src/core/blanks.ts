function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/**
 * A header value without HTTP's blanks around it (RFC 9110, 5.5). `trim` would also take the last byte of a letter such as
 * `à`, and a regular expression quadratic time for many within.
 */
export function withoutBlanks(value: string): string {
  let start = 0
  let end = value.length
  while (start < end && isBlank(value.charCodeAt(start))) start++
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--
  return value.slice(start, end)
}
