import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Intake, type Reader } from '../../src/transport/intake.js'
import { Authority } from '../identity/authority.js'

const { cert, key } = Authority.root('A').credentials('spiffe://td.a/ns/shop/sa/api')

interface Ends {
  /** Reads through an intake. */
  readonly reader: Socket
  /** The other end. */
  readonly writer: Socket
  /** Breaks the connection off at the other end. */
  readonly reset: () => void
}

async function portOf(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** What its reader is told, and tells. */
class Replying implements Reader {
  replying = true
  readsOn = false

  readOn(): void {
    this.readsOn = true
  }
}

/** A connection whose reader has not been listened to yet. */
async function connected(secure: boolean, told: Reader = { replying: false, readOn: () => {} }): Promise<Ends> {
  const server = secure ? tls.createServer({ cert, key }) : net.createServer()
  const port = await portOf(server)
  const accepted = once(server, secure ? 'secureConnection' : 'connection')
  const wire = once(server, 'connection')
  const intake = new Intake(told)
  const options = { port, host: '127.0.0.1', onread: intake.onread, highWaterMark: 64 * 1024 }
  const reader = secure ? tls.connect({ ...options, rejectUnauthorized: false }) : net.connect(options)
  intake.feed(reader)
  const [[writer], [raw]] = await Promise.all([accepted, wire, once(reader, secure ? 'secureConnect' : 'connect')])
  onTestFinished(() => {
    reader.destroy()
    writer.destroy()
  })
  return { reader, writer, reset: () => raw.resetAndDestroy() }
}

/** Takes all there is whenever it is told, as undici does, unless it is paused. */
class Taker {
  readonly #socket: Socket
  readonly pieces: Buffer[] = []
  paused = false
  #size = 0
  #wanted = 0
  #told: () => void = () => {}

  constructor(socket: Socket) {
    this.#socket = socket
    socket.on('readable', () => this.take())
  }

  get taken(): Buffer {
    return Buffer.concat(this.pieces)
  }

  take(): void {
    while (!this.paused) {
      const piece: unknown = this.#socket.read()
      if (!Buffer.isBuffer(piece)) break
      this.pieces.push(piece)
      this.#size += piece.length
    }
    if (this.#size >= this.#wanted) this.#told()
  }

  resume(): void {
    this.paused = false
    this.take()
  }

  /** Resolves once so many bytes were taken. */
  async until(bytes: number): Promise<void> {
    this.#wanted = bytes
    if (this.#size < bytes)
      await new Promise<void>((resolve) => {
        this.#told = resolve
      })
  }
}

/** Bytes that tell where they belong. */
function sample(bytes: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: bytes / 4 }, (_, i) => i).buffer)
}

/** Resolves once the writer could write no more, and tells how much that was. */
async function writtenUntilFull(writer: Socket): Promise<number> {
  const piece = Buffer.alloc(256 * 1024)
  let before = -1
  while (writer.bytesWritten - writer.writableLength !== before) {
    before = writer.bytesWritten - writer.writableLength
    if (writer.writableLength === 0) for (let i = 0; i < 64; i++) writer.write(piece)
    for (let turns = 0; turns < 60; turns++) await turn()
  }
  return before
}

describe.each([
  { kind: 'plain', secure: false },
  { kind: 'TLS', secure: true },
])('an intake, $kind', ({ secure }) => {
  it('hands over what comes while somebody reads, each read its own bytes', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    writer.write('first')
    await taker.until(5)
    writer.write('then')
    await taker.until(9)
    expect(taker.pieces.map(String)).toEqual(['first', 'then'])
  })

  it('keeps what comes before anybody listens', async () => {
    const { reader, writer } = await connected(secure)
    writer.write('early')
    while (reader.readableLength < 5) await turn()
    const taker = new Taker(reader)
    await taker.until(5)
    writer.write(' and late')
    await taker.until(14)
    expect(String(taker.taken)).toBe('early and late')
  })

  it('keeps order and number of what comes while its reader pauses again and again', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    const all = sample(2 * 1024 * 1024)
    writer.end(all)
    reader.on('readable', () => {
      taker.paused = !taker.paused
      if (taker.paused) setImmediate(() => taker.resume())
    })
    await once(reader, 'end')
    expect(taker.taken.equals(all)).toBe(true)
  })

  it('hands over what waits before what comes', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    taker.paused = true
    writer.write('abc')
    while (reader.readableLength < 3) await turn()
    taker.paused = false
    writer.write('def')
    while (reader.readableLength + taker.taken.length < 6) await turn()
    taker.take()
    await taker.until(6)
    expect(String(taker.taken)).toBe('abcdef')
  })

  it('keeps what a listener that throws has not taken', async () => {
    const { reader, writer } = await connected(secure)
    const thrown = new Error('thrown')
    const caught = new Promise((resolve) => process.once('uncaughtException', resolve))
    const others = process.listeners('uncaughtException').slice(0, -1)
    for (const other of others) process.off('uncaughtException', other)
    onTestFinished(() => {
      for (const other of others) process.on('uncaughtException', other)
    })
    reader.once('readable', () => {
      throw thrown
    })
    writer.write('abc')
    expect(await caught).toBe(thrown)
    writer.write('def')
    while (reader.readableLength < 6) await turn()
    const taker = new Taker(reader)
    await taker.until(6)
    expect(String(taker.taken)).toBe('abcdef')
  })

  it('lets a reader put back what it did not use', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    reader.prependOnceListener('readable', () => {
      const [used, rest] = [reader.read(2), reader.read()]
      expect(used).toBeNull()
      expect(String(rest)).toBe('abcdef')
      taker.paused = true
      reader.unshift(Buffer.from('cdef'))
    })
    writer.write('abcdef')
    await once(reader, 'readable')
    writer.write('ghi')
    taker.resume()
    await taker.until(7)
    expect(String(taker.taken)).toBe('cdefghi')
  })

  it('stops the sender while nobody reads, and lets it go on', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    taker.paused = true
    const before = await writtenUntilFull(writer)
    expect(reader.readableLength).toBeLessThan(256 * 1024)
    const left = writer.writableLength
    expect(left).toBeGreaterThan(0)
    taker.resume()
    await taker.until(before + left)
    expect(writer.writableLength).toBe(0)
  })

  it('ends after what was not taken yet', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    taker.paused = true
    let ended = false
    reader.once('end', () => {
      ended = true
    })
    writer.end(sample(1_000))
    await once(writer, 'finish')
    while (reader.readableLength < 1_000) await turn()
    for (let turns = 0; turns < 20; turns++) await turn()
    expect(ended).toBe(false)
    taker.resume()
    await once(reader, 'end')
    expect(taker.taken.equals(sample(1_000))).toBe(true)
  })

  it('ends for who wants a number of bytes', async () => {
    const { reader, writer } = await connected(secure)
    const pieces: string[] = []
    reader.on('readable', () => {
      for (let piece = reader.read(4); piece !== null; piece = reader.read(4)) pieces.push(String(piece))
    })
    writer.end('abcdefg')
    await once(reader, 'end')
    expect(pieces).toEqual(['abcd', 'efg'])
  })

  it('ends for a pipe', async () => {
    const { reader, writer } = await connected(secure)
    const all = sample(1024 * 1024)
    writer.end(all)
    const pieces: Buffer[] = []
    await pipeline(reader, async function* slowly(source) {
      for await (const piece of source) {
        pieces.push(piece)
        yield
        await turn()
      }
    })
    expect(Buffer.concat(pieces).equals(all)).toBe(true)
  })

  it('ends as it should when its own end came first', async () => {
    const { reader, writer } = await connected(secure)
    const taker = new Taker(reader)
    reader.end('bye')
    writer.resume()
    await Promise.all([once(writer, 'end'), once(reader, 'end')])
    expect([taker.pieces, reader.errored]).toEqual([[], null])
  })

  it('ends during a reply when all was taken', async () => {
    const { reader, writer } = await connected(secure, new Replying())
    const taker = new Taker(reader)
    writer.end('all')
    await once(reader, 'end')
    expect(String(taker.taken)).toBe('all')
  })

  it('lets a reader that has paused during a reply, and taken all, read on to the end', async () => {
    const told = new Replying()
    const { reader, writer } = await connected(secure, told)
    const pieces: unknown[] = []
    reader.on('readable', () => {
      if (pieces.length === 0) pieces.push(reader.read())
    })
    writer.end('all')
    while (!told.readsOn) await turn()
    expect([pieces.map(String), reader.readableEnded]).toEqual([['all'], false])
    expect(reader.read()).toBeNull()
    await once(reader, 'end')
  })

  it('lets a reader that has paused before the rest of a reply take it first', async () => {
    const told = new Replying()
    const { reader, writer } = await connected(secure, told)
    let paused = false
    reader.on('readable', () => {
      if (!paused) reader.unshift(String(reader.read()).slice(1))
      paused = true
    })
    writer.end('all')
    while (reader.readableLength < 2) await turn()
    for (let turns = 0; turns < 20; turns++) await turn()
    expect([told.readsOn, reader.readableEnded]).toEqual([false, false])
    expect(String(reader.read())).toBe('ll')
    for (let turns = 0; turns < 20; turns++) await turn()
    expect([told.readsOn, reader.readableEnded]).toEqual([false, false])
    expect(reader.read()).toBeNull()
    await once(reader, 'end')
  })

  it('ends at once when there is no reply', async () => {
    const { reader, writer } = await connected(secure)
    reader.once('readable', () => reader.read())
    writer.end('all')
    await once(reader, 'end')
  })

  it('breaks when a reply is cut off by a reset, with all that came before it', async () => {
    const { reader, writer, reset } = await connected(secure, new Replying())
    const taker = new Taker(reader)
    // Which Node remembers, and it would tell nothing of the connection's state; under TLS it is all there is.
    if (!secure) expect(reader.remoteAddress).toBe('127.0.0.1')
    writer.write(Buffer.alloc(100_000))
    await taker.until(100_000)
    writer.write(Buffer.alloc(1_000))
    reset()
    await expect(once(reader, 'end')).rejects.toThrow(/reset/i)
  })
})

describe('the buffer that connections share', () => {
  it('is no part of what they hand over', async () => {
    const [a, b] = [await connected(false), await connected(false)]
    const [first, second] = [new Taker(a.reader), new Taker(b.reader)]
    a.writer.write('a'.repeat(20_000))
    await first.until(20_000)
    b.writer.write('b'.repeat(20_000))
    await second.until(20_000)
    expect(String(first.taken)).toBe('a'.repeat(20_000))
  })
})
