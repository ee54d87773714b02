import { once } from 'node:events'
import http from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { guardedHandler } from '../../../src/adapters/node/index.js'
import { MeshError } from '../../../src/core/errors.js'
import type { Interceptor } from '../../../src/core/interceptor.js'
import { silentLogger } from '../../../src/core/logger.js'
import { directReply } from '../../../src/core/reply.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { chainOf } from '../../../src/server/chain.js'
import { hygiene } from '../../../src/server/hygiene.js'

/** What is logged in place of what the clients are not told. */
const faults: { message: string; fields: object }[] = []

/** The answer of a server whose policies are these, where something further out has begun with the response. */
async function answerOf(policy: Interceptor<ServerCall>, begin: http.RequestListener = () => {}): Promise<Response> {
  faults.splice(0)
  const logger = { ...silentLogger, error: (fields: object, message: string) => void faults.push({ message, fields }) }
  const guarded = guardedHandler(chainOf([hygiene(), policy], logger), (_request, response) => response.end('ok'))
  const server = http.createServer((request, response) => {
    begin(request, response)
    guarded(request, response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return fetch(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`)
}

/** TypeScript would not let it pass; JavaScript does. */
function forgetful(answer: unknown): Interceptor<ServerCall> {
  return new Proxy<Interceptor<ServerCall>>(() => Promise.reject(), { apply: () => Promise.resolve(answer) })
}

describe('a reply that cannot be written', () => {
  it.each([['nothing'], ['a text', 'ok'], ['an object', { status: 200 }]])(
    'because a policy has returned %s is a 500',
    async (_what, answer?: unknown) => {
      const response = await answerOf(forgetful(answer))
      expect([response.status, await response.json()]).toEqual([
        500,
        expect.objectContaining({ code: 'ERR_MESH_INTERNAL' }),
      ])
      expect(faults).toMatchObject([
        { fields: { err: { message: 'an interceptor has answered with what is no Reply' } } },
      ])
    },
  )

  const reader: Interceptor<ServerCall> = async () => {
    const reply = directReply(200, { 'x-reply': 'read' }, 'text')
    await reply.body.text()
    return reply
  }

  it.each<[string, http.RequestListener?]>([
    ['alone'],
    ["beside a framework's headers", (_request, response) => response.setHeader('x-powered-by', 'framework')],
  ])('because a policy has read its body is a 500 (%s)', async (_where, begin) => {
    const response = await answerOf(reader, begin)
    expect([response.status, await response.json()]).toEqual([
      500,
      expect.objectContaining({ code: 'ERR_MESH_BODY_USED' }),
    ])
    expect(response.headers.has('x-reply')).toBe(false)
    expect(faults).toMatchObject([{ fields: { err: { code: 'ERR_MESH_BODY_USED' } } }])
  })

  it('because it is longer than it says, after its head is out, breaks the connection', async () => {
    const tooLong: Interceptor<ServerCall> = () => Promise.resolve(directReply(200, { 'content-length': '1' }, 'text'))
    await expect(
      answerOf(tooLong, (_request, response) => {
        response.setHeader('x-powered-by', 'framework')
        response.strictContentLength = true
      }),
    ).rejects.toThrow('fetch failed')
  })

  it('has no body to read where the answer has none', async () => {
    const unmodified: Interceptor<ServerCall> = async () => {
      const reply = directReply(304, {}, '')
      await reply.body.text()
      return reply
    }
    expect((await answerOf(unmodified)).status).toBe(304)
  })
})

describe('what a policy throws', () => {
  it('is told with the id of the request, and not to its client', async () => {
    const thrown = new TypeError("cannot read properties of undefined (reading 'canary')")
    const response = await answerOf(() => Promise.reject(thrown))
    const body = await response.text()
    expect(response.status).toBe(500)
    expect(body).not.toContain('canary')
    const { requestId } = JSON.parse(body)
    expect(faults).toEqual([
      { message: 'a request failed by an unexpected error', fields: { err: thrown, requestId: expect.any(String) } },
    ])
    expect(faults[0]?.fields).toMatchObject({ requestId })
  })

  it('is told when it is no error, and when its answer cannot be written', async () => {
    await answerOf(() => Promise.reject('a text'))
    expect(faults).toMatchObject([{ fields: { err: { message: 'a text' } } }])
    const headers = { 'x-policy': 'a\nb' }
    const refusal = new MeshError('ERR_MESH_FORBIDDEN', 'no', { headers })
    await expect(answerOf(() => Promise.reject(refusal))).rejects.toThrow('fetch failed')
    expect(faults).toMatchObject([{ fields: { err: { code: 'ERR_INVALID_CHAR' } } }])
  })

  it('is a 500 also when it has no text', async () => {
    const parsed: unknown = Object.assign(Object.create(null), { canary: 'secret' })
    expect((await answerOf(() => Promise.reject(parsed))).status).toBe(500)
    expect(faults).toMatchObject([{ fields: { err: { message: 'a value without a text', cause: parsed } } }])
  })

  it('is not told where it is a refusal', async () => {
    expect((await answerOf(() => Promise.reject(new MeshError('ERR_MESH_FORBIDDEN', 'no')))).status).toBe(403)
    expect(faults).toEqual([])
  })

  it('is no fault when the client had gone', async () => {
    let gone: () => void = () => {}
    const over = new Promise<void>((resolve) => {
      gone = resolve
    })
    const slow: Interceptor<ServerCall> = (call) =>
      new Promise((_resolve, reject) => {
        call.attach({
          cancel() {
            reject(new DOMException('aborted', 'AbortError'))
            setImmediate(gone)
          },
        })
        call.exchange.socket.destroy()
      })
    await expect(answerOf(slow)).rejects.toThrow('fetch failed')
    await over
    expect(faults).toEqual([])
  })
})
