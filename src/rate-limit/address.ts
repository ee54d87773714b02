import { isIP } from 'node:net'

function hextets(address: string): number[] {
  const [left = '', right] = address.split('::')
  const parse = (half: string): number[] =>
    half === ''
      ? []
      : half.split(':').flatMap((part) => {
          if (!part.includes('.')) return [Number.parseInt(part, 16)]
          const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
          return [a * 256 + b, c * 256 + d]
        })
  const head = parse(left)
  if (right === undefined) return head
  const tail = parse(right)
  return [...head, ...new Array<number>(Math.max(0, 8 - head.length - tail.length)).fill(0), ...tail]
}

/**
 * One name for one client: an IPv4 address in whatever IPv6 dress becomes itself, an IPv6 address its /64, since
 * whoever has one address there has all of them. Undefined for what is no address (RFC 4291 forms only).
 */
export function addressKey(address: string): string | undefined {
  const zone = address.indexOf('%')
  const bare = zone === -1 ? address : address.slice(0, zone)
  const kind = isIP(bare)
  if (kind === 4) return bare
  if (kind === 0) return undefined
  const parts = hextets(bare)
  const mapped = parts[5] === 0xffff && parts.slice(0, 5).every((part) => part === 0)
  if (mapped) {
    const [high = 0, low = 0] = parts.slice(6)
    return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
