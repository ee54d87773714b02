import { once } from 'node:events'
import http from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { guardedHandler } from '../../../src/adapters/node/index.js'
import type { Interceptor } from '../../../src/core/interceptor.js'
import { directReply } from '../../../src/core/reply.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { chainOf } from '../../../src/server/chain.js'

/** The answer of a server whose policies are these, where something further out has begun with the response. */
async function answerOf(policy: Interceptor<ServerCall>, begin: http.RequestListener = () => {}): Promise<Response> {
  const guarded = guardedHandler(chainOf([policy]), (_request, response) => response.end('ok'))
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
