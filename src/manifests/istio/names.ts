import { isIP } from 'node:net'

const label = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/
const wildcardLabel = /^(?:\*|(?:\*-?)?[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)$/
const pseudoHeaders: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path', ':status'])
const labelKey =
  /^(?:[a-zA-Z0-9](?:[-a-zA-Z0-9.]{0,251}[a-zA-Z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** Whether a text is one label of a domain name, as names of namespaces and subsets are. */
export function isDnsLabel(text: string): boolean {
  return label.test(text)
}

function areLabels(labels: readonly string[]): boolean {
  if (/^[+-]?\d+$/.test(labels.at(-1) ?? '')) return false
  return labels.every((one, i) => label.test(one) || (one === '' && i > 0 && i === labels.length - 1))
}

/** Whether a text is a domain name; a trailing dot is allowed, a last label of digits only is not. */
export function isDomain(text: string): boolean {
  return text.length > 0 && text.length <= 255 && areLabels(text.split('.'))
}

/** Whether a text is a domain name whose first label may be, or begin with, `*`. */
export function isWildcardDomain(text: string): boolean {
  if (text.length === 0 || text.length > 255) return false
  const [first = '', ...rest] = text.split('.')
  return wildcardLabel.test(first) && (rest.length === 0 || areLabels(rest))
}

/** Whether Istio takes a text as a host of a VirtualService: a domain name, one with a wildcard in front, or an address. */
export function isHost(text: string): boolean {
  return isWildcardDomain(text) || isIP(text) !== 0
}

/** Whether a text names what of a request stands in its first line, and can be tested like a header. */
export function isPseudoHeader(text: string): boolean {
  return pseudoHeaders.has(text)
}

/** Whether a label of a workload can have this key and value. */
export function isLabel(key: string, value: string): boolean {
  return labelKey.test(key) && labelValue.test(value)
}

/** Whether two hosts of which either may have a wildcard in front have names in common. */
export function hostsOverlap(a: string, b: string): boolean {
  if (a.startsWith('*') && b.startsWith('*')) {
    const [short, long] = a.length < b.length ? [a, b] : [b, a]
    return long.slice(1).endsWith(short.slice(1))
  }
  if (a.startsWith('*')) return b.endsWith(a.slice(1))
  return b.startsWith('*') ? a.endsWith(b.slice(1)) : a === b
}
