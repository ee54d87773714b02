/** What people stack by hand: fetch, opossum, p-retry and AbortSignal.timeout. */
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'

/**
 * @param {{ timeoutMs: number, retries: number }} options
 * @returns {(url: string, init?: RequestInit) => Promise<number>} the status, once the body is there
 */
export function naiveStack({ timeoutMs, retries }) {
  /** @param {string} url @param {RequestInit} [init] */
  async function once(url, init) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    if (response.status >= 500) throw new Error(`status ${response.status}`)
    await response.arrayBuffer()
    return response.status
  }
  const breaker = new CircuitBreaker(once, { timeout: timeoutMs, volumeThreshold: 20, errorThresholdPercentage: 101 })
  return (url, init) => pRetry(() => breaker.fire(url, init), { retries, minTimeout: 10, maxTimeout: 50 })
}
