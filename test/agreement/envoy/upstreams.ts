import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an endpoint saw of a request. */
export interface Seen {
  readonly endpoint: string
  readonly method: string
  readonly url: string
  readonly headers: readonly string[]
}

/** Endpoints that answer 200 and remember, by `x-id`, what they saw. */
export class Upstreams {
  readonly seen = new Map<string, Seen>()
  readonly urls: string[] = []
  readonly #servers: Server[] = []

  async listen(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const server = createServer({ maxHeaderSize: 65_536, keepAliveTimeout: 60_000 }, (req, res) => {
        req.resume()
        const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`
        const { method = '', url = '', rawHeaders } = req
        this.seen.set(String(req.headers['x-id']), { endpoint, method, url, headers: rawHeaders })
        res.writeHead(200, { 'x-up': 'u', 'content-type': 'text/plain', 'content-length': 2 }).end('ok')
      })
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
      this.urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
      this.#servers.push(server)
    }
  }

  /** What arrived of a request, once. */
  take(id: string): Seen | undefined {
    const seen = this.seen.get(id)
    this.seen.delete(id)
    return seen
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}
