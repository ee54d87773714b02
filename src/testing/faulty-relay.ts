import { connect, createServer, type Socket } from 'node:net'
import { type Loopback, loopback } from './loopback.js'
import { pass, type Toxics } from './toxics.js'

/** A relay on a real port that treats what passes through it as bad networks do. */
export interface FaultyRelay extends Loopback {
  /**
   * From now on does this to the bytes of a direction, on connections that are open too, in place of what was done to it
   * before: `replies` (default) go to the client, `requests` to the server. Without toxics the direction is sound again.
   */
  poison(toxics?: Toxics, direction?: 'replies' | 'requests'): void
}

/**
 * Starts a relay on a free port of 127.0.0.1 to a server on this machine, in the manner of Toxiproxy: latency, little
 * bandwidth, slicing, silence, resets, cut-offs, slow closing; `refuse()` for down.
 *
 * @example
 * await using relay = await faultyRelay(server.port)
 * relay.poison({ latencyMs: 200, jitterMs: 50 })
 * relay.poison({ timeoutMs: Infinity }, 'requests') // the peer has vanished, and says nothing
 */
export async function faultyRelay(
  port: number,
  { random = Math.random }: { random?: (() => number) | undefined } = {},
): Promise<FaultyRelay> {
  const toxics = { replies: {} as Toxics, requests: {} as Toxics }

  function join(from: Socket, to: Socket, direction: keyof typeof toxics): void {
    const gone = new AbortController()
    to.once('close', () => {
      gone.abort()
      from.destroy()
    })
    const source: AsyncIterable<Buffer> = from.iterator({ destroyOnReturn: false })
    const options = { toxics: () => toxics[direction], random, signal: gone.signal }
    pass(source, (piece) => to.write(piece), options).then(
      (ending) => {
        if (ending === 'end') to.end()
        else if (ending === 'close') to.destroySoon()
        else to.resetAndDestroy()
      },
      () => to.destroy(),
    )
  }

  function relay(near: Socket): void {
    const far = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
    join(near, far, 'requests')
    join(far, near, 'replies')
  }

  const poison: FaultyRelay['poison'] = (given = {}, direction = 'replies') => {
    toxics[direction] = given
  }
  return loopback(
    createServer({ allowHalfOpen: true }, () => {}),
    relay,
    { poison },
  )
}
