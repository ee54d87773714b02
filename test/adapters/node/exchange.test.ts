import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, onTestFinished } from 'vitest'
import { guardedHandler } from '../../../src/adapters/node/index.js'
import type { Interceptor } from '../../../src/core/interceptor.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { chainOf } from '../../../src/server/chain.js'

async function listen(handler: http.RequestListener): Promise<number> {
  const server = http.createServer(handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

setFlagsFromString('--expose_gc')
const collect: (options: { type: 'minor' | 'major' }) => void = runInNewContext('gc')

function oldBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? 0
}

describe('a request on Node', () => {
  it('is neither judged nor served when its client has gone before', async () => {
    const seen: string[] = []
    const judge: Interceptor<ServerCall> = (call, next) => {
      seen.push('judged')
      return next(call)
    }
    const guarded = guardedHandler(chainOf([judge]), () => seen.push('served'))
    const ended = new Promise<void>((resolve) => {
      void listen((request, response) => {
        response.once('close', () => {
          guarded(request, response)
          resolve()
        })
        socket.destroy()
      }).then((port) => socket.connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n')))
    })
    const socket = new net.Socket()
    await ended
    await new Promise(setImmediate)
    expect(seen).toEqual([])
  })

  it('leaves the heap with the young generation', async () => {
    const rounds = 200
    let served = 0
    const port = await listen(
      guardedHandler(chainOf([]), (_request, response) => {
        // While requests are under way, as it comes: what is old then must not keep those that follow.
        if (++served % 100 === 0) collect({ type: 'minor' })
        response.end('ok')
      }),
    )
    const sockets = Array.from({ length: 20 }, () => net.connect(port, '127.0.0.1'))
    async function send(socket: net.Socket): Promise<void> {
      socket.write('GET / HTTP/1.1\r\nhost: h\r\n\r\n')
      await once(socket, 'data')
    }
    for (let round = 0; round < rounds; round++) await Promise.all(sockets.map(send))
    collect({ type: 'major' })
    const before = oldBytes()
    for (let round = 0; round < rounds; round++) await Promise.all(sockets.map(send))
    const bytes = (oldBytes() - before) / rounds / sockets.length
    for (const socket of sockets) socket.destroy()
    expect(bytes).toBeLessThan(1_000)
  })
})
