import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import type { Cancellation } from '../../core/cancellation.js'
import type { Clock } from '../../core/clock.js'

/** What a fetch may cost, and what ends it early. */
export interface HttpGetLimits {
  /** For the whole answer, ms. */
  readonly timeoutMs: number
  /** Longest body, bytes. */
  readonly maxBytes: number
  /** Tells when time is up. */
  readonly clock: Clock
  /** Ends the fetch when the mesh closes. */
  readonly cancellation: Cancellation
}

/** A whole answer. */
export interface HttpText {
  /** HTTP status; only 200 is taken for a key set. */
  readonly status: number
  /** UTF-8. */
  readonly body: string
}

/** Fetches a small document. Rejects when it is late, too long or cut short; never follows a redirect. */
export type HttpGet = (url: string, limits: HttpGetLimits) => Promise<HttpText>

function readText(
  response: IncomingMessage,
  maxBytes: number,
  done: (body: string) => void,
  fail: (e: Error) => void,
): void {
  const chunks: Buffer[] = []
  let size = 0
  response.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) response.destroy(new Error(`the answer is longer than ${maxBytes} bytes`))
    else chunks.push(chunk)
  })
  response.on('error', fail)
  response.on('close', () => fail(new Error('the answer was cut short')))
  response.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}

/** Fetches over node:http or node:https, on a connection of its own. */
export const nodeGet: HttpGet = function nodeGet(url, limits) {
  const { clock, cancellation, timeoutMs, maxBytes } = limits
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet
    const request = get(url, { agent: false, headers: { accept: 'application/json' } })
    const timer = clock.setTimer(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
    const work = { cancel: () => fail(new Error('cancelled')) }
    function end(): void {
      timer.cancel()
      cancellation.detach(work)
      request.destroy()
    }
    function fail(error: Error): void {
      end()
      reject(error)
    }
    request.on('error', fail)
    request.on('response', (response: IncomingMessage) => {
      const done = (body: string): void => {
        end()
        resolve({ status: response.statusCode ?? 0, body })
      }
      readText(response, maxBytes, done, fail)
    })
    cancellation.attach(work)
  })
}
