import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the server does with the next requests. */
export type Mode = 'ok' | 'error' | 'html' | 'list' | 'empty' | 'redirect' | 'hang' | 'endless' | 'cut'

/** An issuer's key set on a real socket, that can be made to misbehave. */
export interface JwksServer {
  readonly url: string
  mode: Mode
  keys: readonly object[]
  /** Requests so far. */
  readonly hits: number
  /** Bytes that were sent of an endless answer. */
  readonly sent: number
  close(): Promise<void>
}

export async function jwksServer(keys: readonly object[]): Promise<JwksServer> {
  const state = { mode: 'ok' as Mode, keys, hits: 0, sent: 0 }
  const pour = (response: ServerResponse): void => {
    const chunk = Buffer.alloc(16_384, ' ')
    const more = (error?: Error | null): void => {
      // What is written after the client has gone fails in ticks, before anybody hears of its going.
      if (error || response.destroyed || state.sent > 64 * 1024 * 1024) return
      state.sent += chunk.length
      response.write(chunk, more)
    }
    more()
  }
  const server: Server = createServer((request, response) => {
    state.hits++
    const set = JSON.stringify({ keys: state.keys })
    switch (state.mode) {
      case 'ok':
        return request.url === '/jwks' ? response.end(set) : response.writeHead(404).end()
      case 'error':
        return response.writeHead(500).end('oops')
      case 'html':
        return response.end('<html></html>')
      case 'list':
        return response.end('[]')
      case 'empty':
        return response.end('{}')
      case 'redirect':
        return response.writeHead(302, { location: '/elsewhere' }).end()
      case 'endless':
        return pour(response)
      case 'cut':
        response.writeHead(200, { 'content-length': 1000 }).write(set)
        return setImmediate(() => response.destroy())
      case 'hang':
        return
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.defineProperties(state, {
    url: { value: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks` },
    close: {
      value: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    },
  }) as typeof state & { url: string; close(): Promise<void> }
}
