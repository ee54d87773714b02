import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { wireBody } from '../../../src/core/body.js'
import { Recording } from '../../../src/resilience/retry/recording.js'

function read(recording: Recording): Readable {
  const body = wireBody(recording.body)
  if (!(body instanceof Readable)) throw new Error('no stream')
  return body
}

/** Reads one piece and then breaks off, as a connection that is reset does. */
async function readOne(recording: Recording): Promise<string> {
  for await (const chunk of read(recording)) return String(chunk)
  return ''
}

/** What JavaScript lets an iterator be, and its type does not. */
function loosely(iterator: unknown): AsyncIterator<string> {
  return JSON.parse('{}', () => iterator)
}

function isGone({ body }: Recording): boolean {
  return body.kind === 'factory' && body.gone?.() === true
}

describe('a request body that is kept while it is sent', () => {
  it('can be sent again, from where the failed attempt stopped reading', async () => {
    const recording = new Recording(Readable.from(['one ', 'two ', 'three']), 100)
    expect(await readOne(recording)).toBe('one ')
    expect(await text(read(recording))).toBe('one two three')
    expect(await text(read(recording))).toBe('one two three')
    expect(isGone(recording)).toBe(false)
  })

  it('loses nothing that was being read when the attempt broke off', async () => {
    const source = new PassThrough()
    const recording = new Recording(source, 100)
    const first = read(recording)
    const reading = first.on('error', () => {}).on('data', () => {})
    await new Promise((resolve) => setImmediate(resolve))
    reading.destroy()
    const again = text(read(recording))
    source.end('late')
    expect(await again).toBe('late')
  })

  it('is sent whole and gone beyond the limit', async () => {
    const recording = new Recording(Readable.from(['123', '456', '789']), 8)
    expect(await text(read(recording))).toBe('123456789')
    expect(isGone(recording)).toBe(true)
  })

  it('is gone when the process keeps too much already, until others let go', async () => {
    const big = 48 * 1024 * 1024
    const first = new Recording(Readable.from([Buffer.alloc(big)]), big)
    await readOne(first)
    const second = new Recording(Readable.from([Buffer.alloc(big)]), big)
    await text(read(second))
    expect(isGone(second)).toBe(true)
    first.release()
    const third = new Recording(Readable.from([Buffer.alloc(big)]), big)
    await readOne(third)
    expect(isGone(third)).toBe(false)
    third.release()
  })

  it('is not kept any more once there can be no retry, and still sent to its end', async () => {
    const recording = new Recording(Readable.from(['one ', 'two ', 'three']), 100)
    const pieces: string[] = []
    for await (const chunk of read(recording)) {
      pieces.push(String(chunk))
      recording.commit()
    }
    expect(pieces.join('')).toBe('one two three')
    expect(isGone(recording)).toBe(true)
  })

  it("destroys what is left of the caller's stream when the call ends", async () => {
    const source = new PassThrough()
    source.write('begun')
    const recording = new Recording(source, 100)
    await readOne(recording)
    recording.release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(source.destroyed).toBe(true)
  })

  it("is the caller's failure when the caller's stream fails", async () => {
    const failing = new Recording(
      Readable.from(
        (async function* () {
          yield 'begun'
          throw new Error('disk')
        })(),
      ),
      100,
    )
    await expect(text(read(failing))).rejects.toMatchObject({ code: 'ERR_MESH_ABORTED', cause: { message: 'disk' } })
  })
})

describe("the caller's stream", () => {
  it('that broke off between two attempts is not sent as if it had ended', async () => {
    const source = new PassThrough()
    source.write('begun')
    const recording = new Recording(source, 100)
    const first = read(recording)
      .on('error', () => {})
      .on('data', () => {})
    await new Promise((resolve) => setImmediate(resolve))
    first.destroy()
    source.destroy(new Error('disk'))
    await new Promise((resolve) => setImmediate(resolve))
    await expect(text(read(recording))).rejects.toMatchObject({ cause: { message: 'disk' } })
  })

  it('may break before anybody reads it', async () => {
    const source = new PassThrough()
    const recording = new Recording(source, 100)
    source.destroy(new Error('no such file'))
    await new Promise((resolve) => setImmediate(resolve))
    await expect(text(read(recording))).rejects.toMatchObject({ cause: { message: 'no such file' } })
  })

  it.each([
    ['nothing to wait for', () => ({ done: true, value: undefined })],
    [
      'an error',
      () => {
        throw new Error('too late')
      },
    ],
  ])('may answer its end with %s', (_what, end) => {
    const iterator = { next: () => new Promise<never>(() => {}), return: vi.fn(end) }
    const recording = new Recording({ [Symbol.asyncIterator]: () => loosely(iterator) }, 100)
    recording.release()
    expect(iterator.return).toHaveBeenCalledOnce()
  })
})
