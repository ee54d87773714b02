import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientCall } from '../../src/core/call.js'
import { type Clock, systemClock } from '../../src/core/clock.js'
import type { TlsContext } from '../../src/core/tls.js'
import { undiciTransport } from '../../src/transport/index.js'
import { Authority } from '../identity/authority.js'

const { cert, key } = Authority.root('A').credentials('spiffe://td.a/ns/shop/sa/api')

/** A clock whose timers end all together, and at once. */
class SuddenClock implements Clock {
  readonly now = systemClock.now
  readonly #due: (() => void)[] = []
  #wallMs = 0

  wallNow(): number {
    return this.#wallMs
  }

  setTimer(due: () => void) {
    this.#due.push(due)
    return { cancel() {}, ref() {} }
  }

  pass(ms: number): void {
    this.#wallMs += ms
    for (const due of this.#due.splice(0)) due()
  }
}

const validMs = 60_000

/** A transport with one kept connection, to a server that answers every request. */
async function keptConnection(secure: boolean) {
  const server = secure ? tls.createServer({ cert, key }) : net.createServer()
  const peers: Socket[] = []
  const wires: Socket[] = []
  server.on('connection', (wire) => wires.push(wire))
  server.on(secure ? 'secureConnection' : 'connection', (peer) => {
    peers.push(peer)
    peer.on('error', () => {})
    peer.on('data', () => peer.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const clock = new SuddenClock()
  const context: TlsContext = {
    generation: '1',
    options: { rejectUnauthorized: false },
    notAfter: () => clock.wallNow() + validMs,
  }
  const send = undiciTransport({
    clock,
    maxConnections: 1,
    tls: () => (secure ? { current: () => context } : undefined),
  })
  onTestFinished(async () => {
    await send.destroy()
    for (const peer of peers) peer.destroy()
    server.close()
  })
  const url = `${secure ? 'https' : 'http'}://127.0.0.1:${address.port}/`
  const exchange = async (): Promise<string> => (await send(clientCall({ url }))).body.text()
  expect(await exchange()).toBe('ok')
  for (let turns = 0; turns < 5; turns++) await turn()
  return { exchange, clock, peers, reset: () => wires[0]?.resetAndDestroy(), close: () => peers[0]?.end() }
}

describe.each([
  { kind: 'plain', secure: false },
  { kind: 'TLS', secure: true },
])('a call that waits for a kept connection, $kind, goes over another', ({ secure }) => {
  it.each(['reset', 'close'] as const)('when that comes to a %s', async (end) => {
    const kept = await keptConnection(secure)
    // After a timer the sockets are looked at before what waits for a turn.
    await wait(1)
    kept[end]()
    expect(await kept.exchange()).toBe('ok')
    expect(kept.peers).toHaveLength(2)
  })
})

describe('a call that waits for a kept connection goes over another', () => {
  it('when the certificate of its peer expires', async () => {
    const { exchange, clock, peers } = await keptConnection(true)
    const waiting = exchange()
    clock.pass(validMs)
    expect(await waiting).toBe('ok')
    expect(peers).toHaveLength(2)
  })
})
