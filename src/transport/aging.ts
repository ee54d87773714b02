import type { Socket } from 'node:net'
import type { Clock, Timer } from '../core/clock.js'
import { maxTimerMs } from '../core/duration.js'

/** Tells when a connection that was just made has come of age: connections spread anew over what stands behind an address. */
export function whenOld(socket: Socket, maxAgeMs: number, clock: Clock, tell: () => void): void {
  const bornMs = clock.now()
  let timer: Timer | undefined
  function age(): void {
    const left = maxAgeMs - (clock.now() - bornMs)
    if (left > 0) timer = clock.setTimer(age, Math.min(left, maxTimerMs))
    else tell()
  }
  age()
  socket.once('close', () => timer?.cancel())
}
