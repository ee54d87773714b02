// Imported, for it has to be Node's own: fake timers of a test must not keep replies.
import { setImmediate } from 'node:timers'
import type { Clock } from '../../../core/clock.js'
import { Patience } from './patience.js'

/** Nobody waits longer than this for more replies, nor for a request that begins later. */
const longestMs = 0.5
/** So many turns with a single reply: there is nobody to wait for. */
const aloneEnough = 16
/** Then one of so many replies waits, to see whether that is still so. */
const probing = 64

/** What writes a reply when its turn ends. */
export interface Writer {
  /** Does nothing when there is nothing to write any more. */
  write(): void
}

/**
 * Replies that became ready in one turn of the event loop, to be written together at its end. A client on the same machine
 * sleeps until a reply comes, and whoever writes it pays for its waking: after a batch it finds all of them, and is woken
 * once (Netty's `FlushConsolidationHandler`).
 */
export class ReplyBatch {
  readonly #clock: Pick<Clock, 'now'>
  readonly #patience = new Patience()
  #waiting: Writer[] = []
  #sinceMs = 0
  #scheduled = false
  #closed = false
  #alone = 0
  #probes = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Whether the next reply may wait: not where it would be alone, nor where other code keeps the thread. */
  opens(): boolean {
    if (this.#waiting.length > 0) return true
    if (this.#closed || (this.#alone >= aloneEnough && ++this.#probes % probing !== 0)) return false
    return this.#patience.lasts(this.#clock.now())
  }

  /** A request begins: replies that have waited for half a millisecond do not wait for it too. */
  begin(): void {
    if (this.#waiting.length > 0 && this.#waitsLong()) this.writeAll()
  }

  add(writer: Writer): void {
    this.#waiting.push(writer)
    if (this.#waiting.length === 1) {
      this.#sinceMs = this.#clock.now()
      this.#schedule()
    } else if (this.#waitsLong()) this.writeAll()
  }

  writeAll(): void {
    const replies = this.#waiting
    if (replies.length === 0) return
    this.#waiting = []
    this.#alone = replies.length === 1 ? this.#alone + 1 : 0
    const nowMs = this.#clock.now()
    this.#patience.waited(nowMs - this.#sinceMs, nowMs)
    let written = 0
    try {
      for (const reply of replies) {
        written++
        reply.write()
      }
    } finally {
      // One that throws keeps nobody else's reply.
      if (written < replies.length) {
        this.#waiting = [...replies.slice(written), ...this.#waiting]
        this.#schedule()
      }
    }
  }

  /** Writes what waits; nothing waits from now on. */
  close(): void {
    this.#closed = true
    this.writeAll()
  }

  #waitsLong(): boolean {
    return this.#clock.now() - this.#sinceMs > longestMs
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.writeAll()
    })
  }
}
