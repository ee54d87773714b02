import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** An attempt as the upstream saw it. */
export interface Seen {
  readonly at: string
  readonly method: string
  readonly url: string
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[]
}

/** The upstream of every request: tells what it saw, and misbehaves as `x-plan` asks. Attempts are kept by `x-id`. */
export class Echo {
  readonly #seen = new Map<string, Seen[]>()
  readonly #servers: Server[] = []

  /** Listens on these ports of every address of this machine. */
  async listen(ports: readonly number[]): Promise<void> {
    for (const port of ports) {
      const server = createServer({ keepAliveTimeout: 65_000, maxHeaderSize: 65_536 }, (req, res) =>
        this.#answer(req, res),
      )
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '0.0.0.0', resolve))
      this.#servers.push(server)
    }
  }

  /** The attempts of a request. */
  attemptsOf(id: string): readonly Seen[] {
    return this.#seen.get(id) ?? []
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    const id = String(req.headers['x-id'])
    const at = `${req.socket.localAddress}:${req.socket.localPort}`
    const seen: Seen = { at, method: req.method ?? '', url: req.url ?? '', headers: req.rawHeaders }
    const attempts = [...this.attemptsOf(id), seen]
    this.#seen.set(id, attempts)
    req.resume()
    const plan = new Map(
      String(req.headers['x-plan'] ?? '')
        .split(';')
        .map((part) => [part.split('=')[0] ?? '', part.split('=')[1] ?? '']),
    )
    if (attempts.length > Number(plan.get('times') ?? 0)) return reply(res, 200, seen)
    if (plan.has('reset')) req.socket.resetAndDestroy()
    else if (plan.has('sleep')) {
      const timer = setTimeout(() => reply(res, 200, seen), Number(plan.get('sleep')))
      res.on('close', () => clearTimeout(timer))
    } else reply(res, Number(plan.get('status') ?? 200), seen)
  }
}

function reply(res: ServerResponse, status: number, seen: Seen): void {
  const body = JSON.stringify(seen)
  const length = Buffer.byteLength(body)
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': length, 'x-echo': '1', 'x-up': 'u' })
  res.end(res.req.method === 'HEAD' ? undefined : body)
}
