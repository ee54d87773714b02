import { type ServerResponse, validateHeaderName, validateHeaderValue } from 'node:http'
import type { HasQuery } from './request-query.js'

type Value = number | string | readonly string[]

/** Where a framework keeps headers for whatever answer there will be, until it writes one itself. */
export interface HeldHeaders {
  /** The framework's own view of the request. */
  readonly request?: HasQuery
  getHeaders(): Readonly<Record<string, number | string | string[] | undefined>>
  /** The response's own too. */
  getHeader(name: string): Value | undefined
  /** Replaces what there is, but for cookies. */
  header(name: string, value: string | readonly string[]): unknown
  removeHeader(name: string): unknown
}

/** Headers of one response that its framework keeps. */
interface Kept {
  readonly by: HeldHeaders
  /** Names and values. */
  readonly raw: readonly string[]
}

const kept: unique symbol = Symbol('sidecarless.kept')

interface Response extends ServerResponse {
  [kept]?: Kept | undefined
}

/** Adds a header beside those that are there. */
function append(held: HeldHeaders, name: string, value: string): void {
  validateHeaderName(name)
  validateHeaderValue(name, value)
  const there = held.getHeader(name)
  if (there === undefined) held.header(name, value)
  else {
    held.removeHeader(name)
    held.header(name, [...(typeof there === 'object' ? there : [String(there)]), value])
  }
}

/** What a framework writes itself has what it keeps, in lower case. */
function has(given: unknown, name: string): boolean {
  return typeof given === 'object' && given !== null && Object.hasOwn(given, name.toLowerCase())
}

/** Sets what the application has not removed. What it has made of it may be nothing that Node can write: that is left out. */
function hand(response: ServerResponse, { by, raw }: Kept, given: unknown): void {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (has(given, name) || response.hasHeader(name)) continue
    const value = by.getHeader(name)
    if (value === undefined) continue
    try {
      response.setHeader(name, value)
    } catch {}
  }
}

/**
 * In front of a response's own, which takes headers in place of a reason, too. One function for all responses: a closure
 * would cost each request more, and so would a list of arguments.
 */
function writeHead(this: Response, status: number, reason?: unknown, headers?: unknown): Response {
  handOver(this, headers ?? reason)
  return Object.getPrototypeOf(this).writeHead.call(this, status, reason, headers)
}

/** Whether a framework can keep headers for a response: not where others watch how its answer is begun. */
export function mayKeep(response: Response): boolean {
  return response[kept] !== undefined || !Object.hasOwn(response, 'writeHead')
}

/**
 * Adds headers to those that a framework keeps: Node writes an answer faster if it gets all of them at once. They are on
 * an answer that is written past the framework, too. Throws for what Node cannot write.
 */
export function keepHeaders(response: Response, raw: readonly string[], held: HeldHeaders): void {
  for (let i = 0; i < raw.length; i += 2) append(held, raw[i] ?? '', raw[i + 1] ?? '')
  const outer = response[kept]
  response[kept] = { by: held, raw: outer === undefined ? raw : outer.raw.concat(raw) }
  if (outer === undefined) response.writeHead = writeHead
}

/** Puts onto a response what its framework keeps for it, but for what is `given` with its status. */
export function handOver(response: Response, given?: unknown): void {
  const headers = response[kept]
  if (headers === undefined) return
  response[kept] = undefined
  hand(response, headers, given)
}
