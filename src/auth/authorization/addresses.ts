import { BlockList, isIP } from 'node:net'
import { rule, type Schema, text } from '../../core/schema/index.js'

interface Block {
  readonly address: string
  readonly family: 'ipv4' | 'ipv6'
  readonly prefix: number
}

function parseBlock(text: string): Block | undefined {
  const parts = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text)
  const address = parts?.[1] ?? ''
  const version = isIP(address)
  if (version === 0) return undefined
  const bits = version === 4 ? 32 : 128
  const prefix = parts?.[2] === undefined ? bits : Number(parts[2])
  return prefix > bits ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', prefix }
}

/** Whether a text is an IP address or a CIDR block. */
export function isBlock(text: string): boolean {
  return parseBlock(text) !== undefined
}

/** Schema of an address or a block. */
export const block: Schema<string> = rule(text, (value, report) => {
  if (!isBlock(value)) report([], 'must be an IP address or a CIDR block')
})

/** Addresses and blocks as Node asks them. */
export function blockList(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const one of blocks) {
    const parsed = parseBlock(one)
    if (parsed !== undefined) list.addSubnet(parsed.address, parsed.prefix, parsed.family)
  }
  return list
}

/** Compiles addresses and blocks into a test of an address; an IPv4 address in IPv6 form is the IPv4 one. */
export function compileBlocks(blocks: readonly string[]): (address: string) => boolean {
  const list = blockList(blocks)
  return function inBlocks(address) {
    const plain = address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
    const version = isIP(plain)
    return version !== 0 && list.check(plain, version === 4 ? 'ipv4' : 'ipv6')
  }
}
