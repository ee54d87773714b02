import { AsyncResource } from 'node:async_hooks'
import type { Clock } from '../../../core/clock.js'
import { Patience } from './patience.js'

/** As they were when the module was loaded: fake timers of a test must not keep replies. */
const { setImmediate: atTurnsEnd } = globalThis

/** A request that begins later in the turn than this is not waited for. */
const longestMs = 0.5

/** What writes a reply when the turn ends. */
export interface Writer {
  /** Does nothing when there is nothing to write any more. */
  write(): void
}

/** A reply that waits, in the async context that ended it: its `finish` event is to find the caller's stores. */
class WaitingReply extends AsyncResource {
  readonly #writer: Writer

  constructor(writer: Writer) {
    super('SidecarlessReply', { requireManualDestroy: true })
    this.#writer = writer
  }

  write(): void {
    this.runInAsyncScope(this.#writer.write, this.#writer)
  }
}

/**
 * Replies that became ready in one turn of the event loop, to be written together at its end. A client on the same machine
 * sleeps until a reply comes, and to wake it costs the writer about as much as an HTTP exchange: after a batch it finds all
 * of them, and is woken once (Netty's `FlushConsolidationHandler`).
 */
export class ReplyBatch {
  readonly #clock: Pick<Clock, 'now'>
  readonly #patience = new Patience()
  #waiting: WaitingReply[] = []
  #sinceMs = 0
  #scheduled = false

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Whether a reply may wait: not where the thread is kept busy by other code. */
  get isOpen(): boolean {
    return this.#waiting.length > 0 || this.#patience.lasts(this.#clock.now())
  }

  /** A request begins: replies that have waited for half a millisecond do not wait for it too. */
  begin(): void {
    if (this.#waiting.length > 0 && this.#clock.now() - this.#sinceMs > longestMs) this.writeAll()
  }

  add(writer: Writer): void {
    if (this.#waiting.length === 0) this.#sinceMs = this.#clock.now()
    this.#waiting.push(new WaitingReply(writer))
    this.#schedule()
  }

  writeAll(): void {
    const replies = this.#waiting
    if (replies.length === 0) return
    this.#waiting = []
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

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    atTurnsEnd(() => {
      this.#scheduled = false
      this.writeAll()
    })
  }
}
