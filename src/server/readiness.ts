import type { ServerResponse } from 'node:http'

/** Whether requests should come to this process. */
export interface Health {
  /** Whether it takes them. */
  readonly ready: boolean
  /**
   * Why not, bounded words: `config`, `loading`, `identity` once our own certificate has expired, `draining`, `closed`.
   * Empty when ready.
   */
  readonly reasons: readonly string[]
}

/** How a server answers those who ask whether it is ready. */
export interface Readiness {
  /** Exact path. */
  readonly path: string
  readonly health: () => Health
}

/** Whether a request asks for the readiness; a query is of no account. */
export function asksReadiness(url: string, path: string): boolean {
  return url.startsWith(path) && (url.length === path.length || url.charCodeAt(path.length) === 63)
}

/** Answers 200 or 503, with the reasons as JSON. Nobody keeps such an answer. */
export function answerReadiness(response: ServerResponse, health: Health): void {
  response.writeHead(health.ready ? 200 : 503, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(health))
}
