import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { guardedHandler } from '../../../../src/adapters/node/index.js'
import { chainOf, type ServerChain } from '../../../../src/server/chain.js'
import { hygiene } from '../../../../src/server/hygiene.js'
import { ensureBuilt, root } from '../../../examples/build.js'
import { Authority } from '../../../identity/authority.js'

const opened: { server: http.Server; clients: net.Socket[] }[] = []
afterEach(async () => {
  for (const { server, clients } of opened.splice(0)) {
    for (const client of clients) client.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const guarded = (app: http.RequestListener, chain: ServerChain = chainOf([hygiene()])) => guardedHandler(chain, app)

async function serve(app: http.RequestListener, server = http.createServer(app)): Promise<() => net.Socket> {
  const clients: net.Socket[] = []
  opened.push({ server, clients })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return () => {
    const client = net.connect(port, '127.0.0.1')
    client.setEncoding('utf8')
    clients.push(client)
    return client
  }
}

const get = (path = '/'): string => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`

/** A process that ends with its first reply. */
const exiting = `
  import { createMesh } from 'sidecarless'
  const server = createMesh({ service: 'shop' }).server((request, response) => {
    response.end('text')
    process.exit(0)
  })
  const { port } = await server.listen({ host: '127.0.0.1' })
  console.log(port)
`

/** What a client has read until `end` is there. */
async function readUntil(client: net.Socket, end: string): Promise<string> {
  let text = ''
  for await (const chunk of client.iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    if (text.endsWith(end)) return text
  }
  return text
}

/** What waits to be written on the connection of a reply that has ended just now. */
function waitingBytes(response: http.ServerResponse): number {
  return response.socket?.writableLength ?? -1
}

describe('the replies of a connection', () => {
  it('wait for the end of the turn, ended for the application as ever', async () => {
    const seen: unknown[] = []
    const connect = await serve(
      guarded((_request, response) => {
        response.end('text')
        seen.push(waitingBytes(response) > 0, response.writableEnded, response.headersSent, response.writableFinished)
      }),
    )
    const client = connect()
    client.write(get())
    await readUntil(client, 'text')
    expect(seen).toEqual([true, true, true, false])
  })

  it('do not where the chain says so', async () => {
    const seen: number[] = []
    const chain = { ...chainOf([hygiene()]), batchesReplies: false }
    const connect = await serve(
      guarded((_request, response) => {
        response.end('text')
        seen.push(waitingBytes(response))
      }, chain),
    )
    const client = connect()
    client.write(get())
    await readUntil(client, 'text')
    expect(seen).toEqual([0])
  })

  it('do not when they are large', async () => {
    const seen: number[] = []
    const connect = await serve(
      guarded((_request, response) => {
        const { socket } = response
        response.end(`${'x'.repeat(1_000_000)}end`)
        seen.push(socket?.writableCorked ?? -1)
      }),
    )
    const client = connect()
    client.write(get())
    await readUntil(client, 'end')
    expect(seen).toEqual([0])
  })

  it('stream: what a write says of back pressure holds, and drains', async () => {
    const chunk = 'x'.repeat(10_000)
    let rounds = 0
    const connect = await serve(
      guarded((_request, response) => {
        function more(): void {
          while (rounds < 200) {
            rounds++
            if (!response.write(chunk)) {
              response.once('drain', more)
              return
            }
          }
          response.end('end')
        }
        more()
      }),
    )
    const client = connect()
    client.write(get())
    const text = await readUntil(client, '0\r\n\r\n')
    expect(text.match(/x/g)).toHaveLength(2_000_000)
  })

  it('end in the async context of their request: what listens for `finish` finds its own store', async () => {
    const storage = new AsyncLocalStorage<string>()
    const finished: [string, string | undefined][] = []
    const waiting: (() => void)[] = []
    const connect = await serve((request, response) => {
      storage.run(request.url ?? '', () =>
        guarded((_request, guardedResponse) => {
          guardedResponse.on('finish', () => finished.push([request.url ?? '', storage.getStore()]))
          waiting.push(AsyncLocalStorage.bind(() => guardedResponse.end('text')))
          if (waiting.length === 2) for (const answer of waiting) answer()
        })(request, response),
      )
    })
    const [one, two] = [connect(), connect()]
    one.write(get('/one'))
    two.write(get('/two'))
    await Promise.all([readUntil(one, 'text'), readUntil(two, 'text')])
    await turn()
    expect(finished.toSorted()).toEqual([
      ['/one', '/one'],
      ['/two', '/two'],
    ])
  })

  it.each([
    ['at once', (then: () => void) => then()],
    ['in the next tick', (then: () => void) => process.nextTick(then)],
  ])('end in the context of their end, where a write before it had another: %s', async (_name, later) => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const connect = await serve(
      guarded((_request, response) => {
        storage.run('write', () => response.write('one'))
        later(() => storage.run('end', () => response.end('two', () => seen.push(storage.getStore()))))
      }),
    )
    const client = connect()
    client.write(get())
    await readUntil(client, '0\r\n\r\n')
    await turn()
    expect(seen).toEqual(['end'])
  })

  it('leave nothing with async hooks that count what is not destroyed', async () => {
    const alive = new Set<number>()
    const hook = createHook({
      init: (id, type) => void (type === 'SidecarlessReply' && alive.add(id)),
      destroy: (id) => void alive.delete(id),
    }).enable()
    onTestFinished(() => void hook.disable())
    const made: number[] = []
    const connect = await serve(
      guarded((_request, response) => {
        response.write('one')
        process.nextTick(() => {
          response.end()
          made.push(alive.size)
        })
      }),
    )
    const client = connect()
    client.write(get())
    await readUntil(client, '0\r\n\r\n')
    await turn()
    await turn()
    expect(made[0]).toBeGreaterThan(0)
    expect(alive.size).toBe(0)
  })

  it('are written before the application destroys a connection that it has corked', async () => {
    const connect = await serve(
      guarded((request, response) => {
        response.end('text')
        request.socket.cork()
        request.socket.destroy()
      }),
    )
    const client = connect()
    client.write(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
  })

  it('are written before the application destroys the connection', async () => {
    const connect = await serve(
      guarded((request, response) => {
        response.end('text')
        request.socket.destroy()
      }),
    )
    const client = connect()
    client.write(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
  })

  it('are written before a server breaks all connections off', async () => {
    const server = http.createServer()
    server.on(
      'request',
      guarded((_request, response) => {
        response.end('text')
        server.closeAllConnections()
      }),
    )
    const client = (await serve(() => {}, server))()
    client.write(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
  })

  it('are written before the connection ends that the application ends', async () => {
    const connect = await serve(
      guarded((request, response) => {
        response.end('text')
        request.socket.end()
      }),
    )
    const client = connect()
    client.write(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
  })

  it('are written before the process ends', { timeout: 150_000 }, async () => {
    await ensureBuilt()
    const child = spawn(process.execPath, ['--input-type=module', '-e', exiting], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = (await once(child.stdout, 'data')) as [Buffer]
    const client = net.connect(Number(port), '127.0.0.1')
    client.setEncoding('utf8')
    client.write(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
  })

  it('keep their order when requests are pipelined, and need no turn each', async () => {
    let turns = 0
    const count = (): void => {
      turns++
      if (turns < 1_000) setImmediate(count)
    }
    const connect = await serve(
      guarded((request, response) => {
        response.end(request.url)
      }),
    )
    const client = connect()
    await once(client, 'connect')
    const paths = Array.from({ length: 50 }, (_, i) => `/${i}`)
    client.write(paths.map(get).join(''))
    setImmediate(count)
    const text = await readUntil(client, '/49')
    const spent = turns
    turns = 1_000
    expect([...text.matchAll(/\r\n\r\n(\/\d+)/g)].map(([, path]) => path)).toEqual(paths)
    expect(spent).toBeLessThan(50)
  })

  it('are one after another on a connection that is kept', async () => {
    const connect = await serve(guarded((request, response) => response.end(request.url)))
    const client = connect()
    for (const path of ['/one', '/two', '/three']) {
      client.write(get(path))
      expect(await readUntil(client, path)).toContain('200 OK')
    }
  })

  it('wait over TLS too', async () => {
    const authority = Authority.root('ca')
    const { cert, key } = authority.leaf(undefined)
    const seen: boolean[] = []
    const app = guarded((_request, response) => {
      response.end('text')
      seen.push(waitingBytes(response) > 0)
    })
    const server = https.createServer({ cert, key }, app)
    await serve(app, server)
    const { port } = server.address() as AddressInfo
    const request = https.get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    expect(String(Buffer.concat(await response.toArray()))).toBe('text')
    expect(seen).toEqual([true])
  })

  it('may be corked by the application, which uncorks them', async () => {
    const connect = await serve(
      guarded(async (_request, response) => {
        response.socket?.cork()
        response.write('one')
        await turn()
        await turn()
        response.write('two')
        response.socket?.uncork()
        response.end()
      }),
    )
    const client = connect()
    client.write(get())
    expect(await readUntil(client, '0\r\n\r\n')).toMatch(/one\r\n3\r\ntwo/)
  })

  it('count the corks of an application', async () => {
    const corks: (number | undefined)[] = []
    const connect = await serve(
      guarded((_request, response) => {
        const { socket } = response
        socket?.cork()
        socket?.cork()
        response.write('one')
        socket?.uncork()
        corks.push(socket?.writableCorked)
        socket?.uncork()
        corks.push(socket?.writableCorked)
        response.end()
      }),
    )
    const client = connect()
    client.write(get())
    await readUntil(client, '0\r\n\r\n')
    expect(corks).toEqual([1, 1])
  })

  it('do not concern an upgraded connection, which writes at once and ends when it is ended', async () => {
    const waiting: number[] = []
    const server = http.createServer(guarded((_request, response) => response.end('text')))
    server.on('upgrade', (_request, socket: net.Socket) => {
      socket.cork()
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
      socket.write('hello')
      socket.uncork()
      waiting.push(socket.writableLength)
      socket.end()
    })
    const client = (await serve(() => {}, server))()
    client.write(get())
    await readUntil(client, 'text')
    client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: own\r\n\r\n')
    expect(await readUntil(client, 'never')).toContain('hello')
    expect(waiting).toEqual([0])
  })

  it('end with the connection, where the application writes to it itself', async () => {
    const connect = await serve(
      guarded(({ socket }) => {
        socket.cork()
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n')
        socket.write('text')
        socket.uncork()
        socket.end()
      }),
    )
    const client = connect()
    client.write(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
  })

  it('are answers to a client that has ended its side', async () => {
    const finished: boolean[] = []
    const connect = await serve(
      guarded((_request, response) => {
        response.on('close', () => finished.push(response.writableFinished))
        response.end('text')
      }),
    )
    const client = connect()
    client.end(get())
    expect(await readUntil(client, 'never')).toMatch(/text/)
    await turn()
    expect(finished).toEqual([true])
  })

  it('are taken over by an upgrade', async () => {
    const server = http.createServer(guarded((_request, response) => response.end('text')))
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\nhello'))
    const client = (await serve(() => {}, server))()
    client.write(get())
    await readUntil(client, 'text')
    client.write('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: own\r\n\r\n')
    expect(await readUntil(client, 'hello')).toContain('101')
  })
})
