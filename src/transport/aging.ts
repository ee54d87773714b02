import type { Socket } from 'node:net'
import { Client, type Dispatcher } from 'undici'
import type { Clock, Timer } from '../core/clock.js'
import { maxTimerMs } from '../core/duration.js'
import type { Connector } from './connector.js'

/**
 * Makes clients whose connection is closed at an age, once its call has ended: connections spread anew over what stands
 * behind an address. Made for a pool that sends one call at a time on a connection.
 */
export function agingClients(
  connect: Connector,
  maxAgeMs: number,
  clock: Clock,
): (origin: URL, options: Client.Options) => Dispatcher {
  return function agingClient(origin, options) {
    let socket: Socket | undefined
    let old = false

    function closeIfIdle(): void {
      if (!old || client.stats.running > 0) return
      old = false
      socket?.destroy()
    }

    function onConnected(made: Socket): void {
      const bornMs = clock.now()
      let timer: Timer | undefined
      function age(): void {
        const left = maxAgeMs - (clock.now() - bornMs)
        if (left > 0) timer = clock.setTimer(age, Math.min(left, maxTimerMs))
        else {
          old = true
          closeIfIdle()
        }
      }
      socket = made
      old = false
      age()
      made.once('close', () => timer?.cancel())
    }

    const client = new Client(origin, {
      ...options,
      connect(target: unknown, callback: Parameters<Connector>[1]) {
        connect(target, (...result) => {
          if (result[1] !== null) onConnected(result[1])
          callback(...result)
        })
      },
    })
    // Before the pool hears of it and sends the next call.
    client.on('drain', closeIfIdle)
    return client
  }
}
