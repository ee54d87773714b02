import type { Socket } from 'node:net'
import type { Clock, Timer } from '../core/clock.js'
import { maxTimerMs } from '../core/duration.js'
import { type ClientFactory, connectionsBy } from './connection.js'
import type { Connector } from './connector.js'

/**
 * Makes clients whose connection is closed at an age, once its call has ended: connections spread anew over what stands
 * behind an address. Made for a pool that sends one call at a time on a connection.
 */
export function agingConnections(connect: Connector, maxAgeMs: number, clock: Clock): ClientFactory {
  return function agingConnection(origin, options) {
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

    const make = connectionsBy((target, callback) => {
      connect(target, (...result) => {
        if (result[1] !== null) onConnected(result[1])
        callback(...result)
      })
    })
    const client = make(origin, options)
    // Before the pool hears of it and sends the next call.
    client.on('drain', closeIfIdle)
    return client
  }
}
