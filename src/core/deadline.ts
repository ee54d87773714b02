import type { Clock, Timer } from './clock.js'
import { maxTimerMs } from './duration.js'
import type { Releasable } from './lease.js'

/** Told when its time is up. */
export interface Expirable {
  /** `stalled`: this process was not there to see an answer, so nobody else is to blame for it. */
  expire(stalled: boolean): void
}

/** A timer that comes later than that says that the event loop stood still. */
const stallMs = 50
/** What sockets get then to hand over what has arrived: some turns of the event loop. */
const graceMs = 4

/** Width of the finest slots, ms. */
const finestMs = 8

/** Slots widen with the distance, so that an hour ahead costs no more of them than a second: at most 1.6 % late. */
function slotWidth(remainingMs: number): number {
  return remainingMs < 64 * finestMs ? finestMs : 1 << (31 - Math.clz32(Math.min(remainingMs, 2 ** 31) >>> 6))
}

/** What can be armed: a node in the ring of its slot, or alone. `release` disarms it. */
export abstract class Alarm implements Expirable, Releasable {
  /** The one before it in its slot. */
  prev: Alarm = this
  /** The one after it in its slot. */
  next: Alarm = this

  abstract expire(stalled: boolean): void

  release(): void {
    this.prev.next = this.next
    this.next.prev = this.prev
    this.prev = this
    this.next = this
  }
}

/** The beginning of a slot. */
class Head extends Alarm {
  expire(): void {}
}

/** Rings for something else. */
class Bell extends Alarm {
  readonly #target: Expirable

  constructor(target: Expirable) {
    super()
    this.#target = target
  }

  expire(stalled: boolean): void {
    this.#target.expire(stalled)
  }
}

/**
 * Deadlines as numbers on one shared coarse wheel: thousands of calls in flight share one timer, and a call that
 * ends in time costs a list insert and a removal instead of a timer of its own.
 */
export class DeadlineWheel {
  readonly #clock: Clock
  readonly #slots = new Map<number, Head>()
  #timer: Timer | undefined = undefined
  #wakeAtMs = Number.POSITIVE_INFINITY
  #stalled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Calls `target.expire()` at `atMs` (monotonic), up to 8 ms or 1.6 % late and never early, unless released before. An
   * alarm must not be armed already.
   */
  arm(atMs: number, target: Expirable, nowMs: number = this.#clock.now()): Releasable {
    const width = slotWidth(atMs - nowMs)
    const slot = Math.ceil(atMs / width) * width
    let head = this.#slots.get(slot)
    if (head === undefined) {
      head = new Head()
      this.#slots.set(slot, head)
      if (slot < this.#wakeAtMs) this.#scheduleWake(slot, nowMs)
    }
    const armed = target instanceof Alarm ? target : new Bell(target)
    armed.prev = head.prev
    armed.next = head
    head.prev.next = armed
    head.prev = armed
    return armed
  }

  #scheduleWake(slot: number, nowMs: number): void {
    this.#timer?.cancel()
    this.#wakeAtMs = slot
    this.#timer = this.#clock.setTimer(this.#wake, Math.min(Math.max(0, Math.ceil(slot - nowMs)), maxTimerMs))
  }

  /** After a stall, answers that have arrived meanwhile are read first: sockets come between two turns of the timers. */
  readonly #wake = (): void => {
    this.#timer = undefined
    const now = this.#clock.now()
    const stalled = now - this.#wakeAtMs > stallMs
    if (stalled && !this.#stalled) {
      this.#stalled = true
      this.#timer = this.#clock.setTimer(this.#wake, graceMs)
      return
    }
    this.#stalled = false
    this.#wakeAtMs = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const [slot, head] of this.#slots) {
      if (slot <= now) {
        this.#slots.delete(slot)
        this.#expire(head, stalled)
      } else if (head.next === head) this.#slots.delete(slot)
      else if (slot < next) next = slot
    }
    if (next < this.#wakeAtMs) this.#scheduleWake(next, now)
  }

  #expire(head: Head, stalled: boolean): void {
    while (head.next !== head) {
      const armed = head.next
      armed.release()
      armed.expire(stalled)
    }
  }
}

const wheels = new WeakMap<Clock, DeadlineWheel>()

/** The wheel of a clock: one for all policies that share the clock. */
export function deadlineWheel(clock: Clock): DeadlineWheel {
  let wheel = wheels.get(clock)
  if (wheel === undefined) {
    wheel = new DeadlineWheel(clock)
    wheels.set(clock, wheel)
  }
  return wheel
}
