/** Load that comes at its own pace, whatever the server does, and load that waits for each answer. */
import { Pool } from 'undici'

const tickMs = 5

/**
 * @typedef {object} Outcome
 * @property {number} good replies with 200
 * @property {number} shed replies with 503
 * @property {number} failed everything else
 * @property {number[]} goodMs how long the good ones took
 * @property {number} lastShedAtMs since the start; 0 for none
 */

/** @param {number} port */
export function createLoad(port) {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1_000 })

  /** @param {Outcome} outcome @param {number} startedAt */
  async function one(outcome, startedAt) {
    const since = performance.now()
    try {
      const { statusCode, body } = await pool.request({ path: '/', method: 'GET' })
      await body.dump()
      if (statusCode === 200) {
        outcome.good += 1
        outcome.goodMs.push(performance.now() - since)
      } else if (statusCode === 503) {
        outcome.shed += 1
        outcome.lastShedAtMs = performance.now() - startedAt
      } else outcome.failed += 1
    } catch {
      outcome.failed += 1
    }
  }

  /** @returns {Outcome} */
  const nothing = () => ({ good: 0, shed: 0, failed: 0, goodMs: [], lastShedAtMs: 0 })

  /** @param {{ rps: number, ms: number }} pace */
  async function open({ rps, ms }) {
    const outcome = nothing()
    const startedAt = performance.now()
    /** @type {Promise<void>[]} */
    const calls = []
    await new Promise((resolve) => {
      const timer = setInterval(() => {
        const elapsed = performance.now() - startedAt
        while (calls.length < (Math.min(elapsed, ms) * rps) / 1_000) calls.push(one(outcome, startedAt))
        if (elapsed < ms) return
        clearInterval(timer)
        resolve(undefined)
      }, tickMs)
    })
    await Promise.all(calls)
    return outcome
  }

  /** @param {{ callers: number, ms: number }} pace */
  async function closed({ callers, ms }) {
    const outcome = nothing()
    const startedAt = performance.now()
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (performance.now() - startedAt < ms) await one(outcome, startedAt)
      }),
    )
    return outcome
  }

  return { open, closed, close: () => pool.close() }
}
