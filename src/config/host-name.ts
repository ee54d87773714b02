const withPort = /^(.*):(\d{1,5})$/

/** A name in the one form in which names are compared: lower case, without the trailing dot, IPv6 in brackets. */
export function hostKey(name: string): string {
  const lower = name.toLowerCase()
  if (lower.startsWith('[')) return lower
  const parts = withPort.exec(lower)
  // Several colons without brackets are an IPv6 address, which has no port.
  if (parts?.[1]?.includes(':') === true || (parts === null && lower.includes('::'))) return `[${lower}]`
  if (parts === null) return lower.endsWith('.') ? lower.slice(0, -1) : lower
  const [, host = '', port] = parts
  return `${host.endsWith('.') ? host.slice(0, -1) : host}:${port}`
}
