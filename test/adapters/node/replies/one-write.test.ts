import { once } from 'node:events'
import http from 'node:http'
import type net from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { writeInOne } from '../../../../src/adapters/node/replies/one-write.js'

const bytes = Buffer.from(Array.from({ length: 256 }, (_value, i) => i))

/** What a client gets for a reply that `app` writes, and how it left: in one string, or in several chunks. */
async function replyOf(app: http.RequestListener): Promise<{ body: Buffer; chunks: number }> {
  let chunks = 0
  const server = http.createServer(app)
  server.on('connection', (socket: net.Socket) => {
    const { _writev: writeAll } = socket
    socket._writev = (parts, done) => {
      chunks += parts.length
      writeAll?.call(socket, parts, done)
    }
    writeInOne(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  const [reply]: http.IncomingMessage[] = await once(
    http.get({ port: typeof address === 'object' ? address?.port : 0, host: '127.0.0.1', agent: false }),
    'response',
  )
  const parts: Buffer[] = []
  for await (const part of reply ?? []) parts.push(part)
  return { body: Buffer.concat(parts), chunks }
}

describe('a small reply', () => {
  it.each<[string, string | Buffer]>([
    ['text', 'plain'],
    ['text beyond Latin-1', 'Łódź, 東京, 🙂'],
    ['bytes of every kind', bytes],
  ])('leaves as one string, and arrives as it is: %s', async (_what, body) => {
    const sent = Buffer.from(body)
    const reply = await replyOf((_request, response) => {
      response.writeHead(200, { 'content-length': sent.length })
      response.end(body)
    })
    expect(reply).toMatchObject({ body: sent, chunks: 0 })
  })

  it('has no body', async () => {
    expect(await replyOf((_request, response) => response.writeHead(204).end())).toMatchObject({
      body: Buffer.alloc(0),
      chunks: 0,
    })
  })
})

describe('any other reply', () => {
  it.each<[string, Buffer, http.RequestListener]>([
    ['a large one', Buffer.alloc(20_000, 'x'), (_request, response) => void response.end(Buffer.alloc(20_000, 'x'))],
    [
      'one in pieces',
      Buffer.from('a\u00e9b'),
      (_request, response) => {
        response.write('a\u00e9')
        response.end('b')
      },
    ],
  ])('leaves as Node writes it: %s', async (_what, body, app) => {
    const reply = await replyOf(app)
    expect(reply.body).toEqual(body)
    expect(reply.chunks).toBeGreaterThan(1)
  })
})
