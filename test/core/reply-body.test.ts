import { describe, expect, it } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import { type BodySource, ReplyBody } from '../../src/core/reply-body.js'

function source(): BodySource & { log: string[] } {
  const log: string[] = []
  return { log, pause: () => log.push('pause'), resume: () => log.push('resume'), cancel: () => log.push('cancel') }
}
const cut = new MeshError('ERR_MESH_TRUNCATED', 'cut off')

describe('ReplyBody', () => {
  it('ends its lease when the body is complete, read or not', () => {
    const body = new ReplyBody(source())
    body.push(Buffer.from('ab'))
    expect(body.lease.ended).toBe(false)
    body.complete(undefined)
    expect(body.lease.ended).toBe(true)
  })

  it('gives bytes in a buffer of their own', async () => {
    const body = new ReplyBody(source())
    const shared = Buffer.from('header ab of another call')
    body.push(shared.subarray(7, 9))
    body.complete(undefined)
    const bytes = await body.bytes()
    expect(String(bytes)).toBe('ab')
    expect(bytes.buffer.byteLength).toBe(2)
  })

  it('gives text without a byte order mark, joined over chunks that split a character', async () => {
    const body = new ReplyBody(source())
    const bytes = Buffer.from('\ufeffé')
    body.push(bytes.subarray(0, 4))
    const text = body.text()
    body.push(bytes.subarray(4))
    body.complete(undefined)
    expect(await text).toBe('é')
  })

  it('rejects what is read of a broken body, before and after it broke', async () => {
    const before = new ReplyBody(source())
    const read = before.json()
    before.fail(cut)
    await expect(read).rejects.toBe(cut)
    const after = new ReplyBody(source())
    after.fail(cut)
    await expect(after.bytes()).rejects.toBe(cut)
    expect(after.lease.error).toBe(cut)
  })

  it('can be read once', async () => {
    const body = ReplyBody.of('{"a":1}')
    expect(await body.json()).toEqual({ a: 1 })
    await expect(body.text()).rejects.toMatchObject({ code: 'ERR_MESH_BODY_USED' })
  })

  it('asks the source to pause when nobody reads, and to go on when somebody does', async () => {
    const from = source()
    const body = new ReplyBody(from)
    expect(body.push(Buffer.alloc(70_000))).toBe(false)
    const read = body.bytes()
    expect(from.log).toEqual(['resume'])
    expect(body.push(Buffer.alloc(70_000))).toBe(true)
    body.complete(undefined)
    expect((await read).length).toBe(140_000)
  })

  it('dumps up to a limit and gives the connection up beyond it', () => {
    const from = source()
    const body = new ReplyBody(from)
    body.dump(10)
    body.push(Buffer.alloc(8))
    expect(from.log).toEqual(['resume'])
    body.push(Buffer.alloc(8))
    expect(from.log).toEqual(['resume', 'cancel'])
    expect(body.lease.ended).toBe(true)
  })

  it('cancels the source once when its stream is destroyed', async () => {
    const from = source()
    const body = new ReplyBody(from)
    const stream = body.stream()
    stream.on('error', () => {})
    stream.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    expect(from.log.filter((entry) => entry === 'cancel')).toHaveLength(1)
    expect(body.lease.error?.code).toBe('ERR_MESH_ABORTED')
  })

  it('hands over a body that has arrived whole, once', () => {
    const body = ReplyBody.of('x')
    expect(body.takeArrived()?.length).toBe(1)
    expect(body.takeArrived()).toBeUndefined()
    expect(new ReplyBody(source()).takeArrived()).toBeUndefined()
  })
})
