import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { peekBody } from '../../../src/adapters/fetch/peek.js'
import type { RequestBody } from '../../../src/core/body.js'

const unhandled: unknown[] = []
function onUnhandled(reason: unknown): void {
  unhandled.push(reason)
}
beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', onUnhandled)
})
afterEach(() => {
  process.off('unhandledRejection', onUnhandled)
})

/** A body with so many bytes at once and then what its source does. */
function sourceOf(size: number): { stream: ReadableStream<Uint8Array>; source: ReadableStreamDefaultController } {
  const sources: ReadableStreamDefaultController[] = []
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      sources.push(controller)
      controller.enqueue(new Uint8Array(size))
    },
  })
  const [source] = sources
  if (source === undefined) throw new Error('not started')
  return { stream, source }
}

async function sizeOf(body: RequestBody): Promise<number> {
  if (body.kind !== 'stream') throw new Error(`a body of kind ${body.kind}`)
  let size = 0
  for await (const chunk of body.stream) size += chunk.length
  return size
}

describe("a Request's body", () => {
  it('that is there at once can be sent again', async () => {
    const { stream, source } = sourceOf(1_000)
    source.close()
    expect(await peekBody(stream)).toMatchObject({ kind: 'bytes', bytes: { length: 1_000 } })
  })

  it.each([
    ['short', 1_000],
    ['long', 320 * 1024],
  ])('is sent on as it comes, what has come of it first: %s', async (_name, size) => {
    const { stream, source } = sourceOf(size)
    const body = await peekBody(stream)
    source.enqueue(new Uint8Array(10))
    source.close()
    expect(await sizeOf(body)).toBe(size + 10)
  })

  it.each([
    ['short', 1_000],
    ['long', 320 * 1024],
  ])('whose source fails before anybody reads it fails who does, and nothing else: %s', async (_name, size) => {
    const { stream, source } = sourceOf(size)
    const body = await peekBody(stream)
    source.error(new Error('gone'))
    await turn()
    expect(unhandled).toEqual([])
    await expect(sizeOf(body)).rejects.toThrow('gone')
  })
})
