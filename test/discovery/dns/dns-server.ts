import { createSocket, type Socket } from 'node:dgram'
import { createServer, type Server } from 'node:net'

const types = { A: 1, AAAA: 28, SRV: 33 } as const

type RecordType = keyof typeof types

interface SrvData {
  priority: number
  weight: number
  port: number
  target: string
}

/** What a question is answered with; a list that is empty is an answer without records. */
export type DnsAnswer =
  | { readonly ttl: number; readonly data: readonly (string | SrvData)[] }
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'silence'

/** A DNS server on a free UDP and TCP port of 127.0.0.1. */
export interface DnsServer {
  /** `127.0.0.1:port`. */
  readonly address: string
  /** `A reviews.test`, in order. */
  readonly questions: readonly string[]
  answer(type: RecordType, name: string, answer: DnsAnswer): void
  /** Answers every question with this, whatever was set, until `works`. */
  breaks(how: 'NXDOMAIN' | 'SERVFAIL' | 'silence'): void
  works(): void
  close(): Promise<void>
}

const codes = { NXDOMAIN: 3, SERVFAIL: 2 } as const

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])])
}

function readName(packet: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = []
  let at = start
  for (let length = packet[at] ?? 0; length !== 0; length = packet[at] ?? 0) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

function address6(text: string): Buffer {
  const [head = '', tail] = text.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const before = groups(head)
  const after = tail === undefined ? [] : groups(tail)
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
  const bytes = Buffer.alloc(16)
  for (const [i, group] of all.entries()) bytes.writeUInt16BE(group, i * 2)
  return bytes
}

function dataBytes(data: string | SrvData): Buffer {
  if (typeof data === 'string')
    return data.includes(':') ? address6(data) : Buffer.from(data.split('.').map((part) => Number(part)))
  const numbers = Buffer.alloc(6)
  numbers.writeUInt16BE(data.priority, 0)
  numbers.writeUInt16BE(data.weight, 2)
  numbers.writeUInt16BE(data.port, 4)
  return Buffer.concat([numbers, nameBytes(data.target)])
}

function reply(query: Buffer, end: number, type: number, answer: Exclude<DnsAnswer, 'silence'>): Buffer {
  const data = typeof answer === 'string' ? [] : answer.data
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180 | (typeof answer === 'string' ? codes[answer] : 0), 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(data.length, 6)
  const records = data.map((one) => {
    const bytes = dataBytes(one)
    const fixed = Buffer.alloc(12)
    fixed.writeUInt16BE(0xc00c, 0)
    fixed.writeUInt16BE(type, 2)
    fixed.writeUInt16BE(1, 4)
    fixed.writeUInt32BE(typeof answer === 'string' ? 0 : answer.ttl, 6)
    fixed.writeUInt16BE(bytes.length, 10)
    return Buffer.concat([fixed, bytes])
  })
  return Buffer.concat([header, query.subarray(12, end), ...records])
}

/** Over UDP only what fits goes out; the rest is asked for over TCP. */
function cut(packet: Buffer, end: number): Buffer {
  if (packet.length <= 1_232) return packet
  const header = Buffer.from(packet.subarray(0, end))
  header.writeUInt16BE(header.readUInt16BE(2) | 0x0200, 2)
  header.writeUInt16BE(0, 6)
  return header
}

/** The same free port for both. */
async function bindBoth(tcp: Server, udp: Socket): Promise<number> {
  for (;;) {
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
    const address = tcp.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const free = await new Promise<boolean>((resolve) => {
      udp.once('error', () => resolve(false))
      udp.bind(port, '127.0.0.1', () => resolve(true))
    })
    if (free) return port
    await new Promise<void>((resolve) => tcp.close(() => resolve()))
  }
}

/** Starts one. Names that nothing was set for do not exist. */
export async function dnsServer(): Promise<DnsServer> {
  const answers = new Map<string, DnsAnswer>()
  const questions: string[] = []
  let broken: 'NXDOMAIN' | 'SERVFAIL' | 'silence' | undefined

  function respond(query: Buffer): { packet: Buffer; end: number } | undefined {
    const { name, end } = readName(query, 12)
    const type = query.readUInt16BE(end)
    const word = Object.entries(types).find(([, number]) => number === type)?.[0] ?? String(type)
    questions.push(`${word} ${name}`)
    const known = [...answers.keys()].some((key) => key.endsWith(` ${name}`))
    const answer = broken ?? answers.get(`${word} ${name}`) ?? (known ? { ttl: 0, data: [] } : 'NXDOMAIN')
    return answer === 'silence' ? undefined : { packet: reply(query, end + 4, type, answer), end: end + 4 }
  }

  const tcp = createServer((socket) => {
    socket.on('error', () => {})
    socket.on('data', (data) => {
      const answer = respond(data.subarray(2))
      if (answer === undefined) return
      const length = Buffer.alloc(2)
      length.writeUInt16BE(answer.packet.length, 0)
      socket.end(Buffer.concat([length, answer.packet]))
    })
  })
  const udp = createSocket('udp4')
  udp.on('message', (query, from) => {
    const answer = respond(query)
    if (answer !== undefined) udp.send(cut(answer.packet, answer.end), from.port, from.address)
  })
  const port = await bindBoth(tcp, udp)

  return {
    address: `127.0.0.1:${port}`,
    questions,
    answer: (type, name, answer) => void answers.set(`${type} ${name}`, answer),
    breaks: (how) => {
      broken = how
    },
    works: () => {
      broken = undefined
    },
    async close() {
      await new Promise<void>((resolve) => udp.close(() => resolve()))
      await new Promise<void>((resolve) => tcp.close(() => resolve()))
    },
  }
}
