import { LruMap } from '../core/lru.js'
import type { RateLimitDecision, WindowUsage } from './decision.js'

/** So soon the store is asked again: somebody may have emptied a counter there. */
const longestMs = 1_000

interface Refusal {
  readonly decision: RateLimitDecision
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * Refusals that a shared store has given and that nothing can change until the window ends: a client that goes on
 * calling costs the store one question a second, not one a call. What is refused need not be counted any more.
 */
export class Refusals {
  readonly #refusals: LruMap<string, Refusal>

  constructor(maxKeys: number) {
    this.#refusals = new LruMap(maxKeys)
  }

  /** Remembers a decision, if it is a refusal. */
  keep(key: string, decision: RateLimitDecision, nowMs: number): void {
    const { refusedBy } = decision
    if (refusedBy === undefined) return
    this.#refusals.set(key, { decision, sinceMs: nowMs, untilMs: nowMs + Math.min(refusedBy.resetMs, longestMs) })
  }

  /** The refusal that still holds for a key, with what there is left to wait. */
  find(key: string, nowMs: number): RateLimitDecision | undefined {
    // Mostly nobody is refused, and a lookup in a map costs more than that question.
    if (this.#refusals.size === 0) return undefined
    const refusal = this.#refusals.get(key)
    if (refusal === undefined) return undefined
    if (nowMs >= refusal.untilMs) {
      this.#refusals.delete(key)
      return undefined
    }
    const { decision, sinceMs } = refusal
    const later = (usage: WindowUsage): WindowUsage => ({
      ...usage,
      resetMs: Math.max(0, usage.resetMs - (nowMs - sinceMs)),
    })
    return {
      ...decision,
      windows: decision.windows.map(later),
      refusedBy: decision.refusedBy === undefined ? undefined : later(decision.refusedBy),
    }
  }
}
