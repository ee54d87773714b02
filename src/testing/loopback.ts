import type { Server, Socket } from 'node:net'

/** A server on a free port of 127.0.0.1 that can go away and come back. */
export interface Loopback extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** Free port that the system chose. */
  readonly port: number
  /** Connections accepted so far. */
  readonly connections: number
  /** Connections that are open now. */
  readonly open: number
  /** Breaks every connection off and refuses new ones, as a crashed process does, until `accept`. */
  refuse(): Promise<void>
  /** Listens again, on the same port. */
  accept(): Promise<void>
  /** Breaks every connection off and frees the port. */
  close(): Promise<void>
}

/** Lets a server listen, and `onConnection` know of each connection with its number, 1 for the first; `more` is part of the result. */
export async function loopback<T extends object>(
  server: Server,
  onConnection: (socket: Socket, id: number) => void,
  more: T,
): Promise<T & Loopback> {
  const open = new Set<Socket>()
  let connections = 0
  let port = 0

  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('error', () => {})
    socket.once('close', () => open.delete(socket))
    onConnection(socket, ++connections)
  })

  async function accept(): Promise<void> {
    if (server.listening) return
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject)
        resolve()
      })
    })
    const address = server.address()
    if (address !== null && typeof address === 'object') port = address.port
  }

  async function refuse(): Promise<void> {
    if (!server.listening) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of open) socket.resetAndDestroy()
    await closed
  }

  await accept()
  return {
    ...more,
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections
    },
    get open() {
      return open.size
    },
    refuse,
    accept,
    close: refuse,
    [Symbol.asyncDispose]: refuse,
  }
}
