import { isGrpc } from './grpc.js'
import type { HeaderMap } from './headers.js'

/** Request header: how long the caller waits for all of its attempts, ms. */
const timeoutHeader = 'x-mesh-timeout-ms'
/** Request header: the same of this attempt alone, as Envoy has it. */
const envoyTimeoutHeader = 'x-envoy-expected-rq-timeout-ms'
/** Request header of gRPC calls: up to eight digits and a unit. */
const grpcTimeoutHeader = 'grpc-timeout'
/** Request header: which retry this is, from 1, of this call or of one further up the chain; not there on first attempts. */
const retryHeader = 'x-mesh-retry'
/** Reply header: the callee has made or been refused the retries that there were; another tier need not try. */
const retriesHeader = 'x-mesh-retries'

/** What a request that is being served tells the calls that are made for it, and what they tell it. */
export interface InboundCaller {
  /** The request is a retry itself, or was made for one: its calls are not retried, so that tiers do not multiply. */
  readonly repeated: boolean
  /** How long its own caller waits: absolute, monotonic ms; `Infinity` for ever. */
  readonly deadline: number
  /** A call that was made for it has used up its retries: the callers further up are told so. */
  noteRetriesSpent(): void
}

const wholeMs = /^\d{1,10}$/
const grpcForm = /^(\d{1,8})([HMSmun])$/
const grpcUnitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000_001 }

function msOf(headers: HeaderMap, name: string): number {
  const value = headers.get(name)
  return value !== undefined && wholeMs.test(value) ? Number(value) : Number.POSITIVE_INFINITY
}

function grpcMsOf(headers: HeaderMap): number {
  const value = headers.get(grpcTimeoutHeader)
  const parts = value === undefined ? null : grpcForm.exec(value)
  return parts === null ? Number.POSITIVE_INFINITY : Number(parts[1]) * (grpcUnitMs[parts[2] ?? ''] ?? 1)
}

/** How long the caller of a request waits, ms: the shortest that it says; `Infinity` when it says nothing readable. */
export function waitingMs(headers: HeaderMap): number {
  return Math.min(msOf(headers, timeoutHeader), msOf(headers, envoyTimeoutHeader), grpcMsOf(headers))
}

/** Whether a request is a retry, or was made for one. */
export function isRepeated(headers: HeaderMap): boolean {
  return headers.has(retryHeader)
}

/** Tells a caller that the retries are spent. */
export const retriesSpent: readonly [name: string, value: string] = [retriesHeader, 'spent']

/** Whether a reply says that its sender, or somebody behind it, has used up the retries. */
export function saysRetriesSpent(headers: HeaderMap): boolean {
  return headers.has(retriesHeader)
}

/** What an attempt tells the callee. */
export interface HopAnnouncement {
  /** Left of the call's deadline, ms; `Infinity` for none. */
  readonly leftMs: number
  /** 0 for none. */
  readonly perTryMs: number
  /** 0 for the first attempt. */
  readonly attempt: number
  /** The call was made for a retry. */
  readonly repeated: boolean
}

/** gRPC's own form: whole ms as long as eight digits suffice. */
function grpcTimeout(leftMs: number): string {
  const ms = Math.max(1, Math.floor(leftMs))
  return ms < 100_000_000 ? `${ms}m` : `${Math.min(Math.floor(ms / 1_000), 99_999_999)}S`
}

/** Writes what the callee should know onto the headers of an attempt. */
export function announceHop(headers: HeaderMap, { leftMs, perTryMs, attempt, repeated }: HopAnnouncement): void {
  const attemptMs = perTryMs === 0 ? leftMs : Math.min(perTryMs, leftMs)
  if (leftMs !== Number.POSITIVE_INFINITY) {
    const ms = Math.max(1, Math.floor(leftMs))
    headers.assign([timeoutHeader, String(ms), envoyTimeoutHeader, String(Math.max(1, Math.floor(attemptMs)))])
    if (isGrpc(headers)) headers.set(grpcTimeoutHeader, grpcTimeout(Math.min(ms, grpcMsOf(headers))))
  } else if (perTryMs > 0) headers.set(envoyTimeoutHeader, String(Math.max(1, Math.floor(perTryMs))))
  if (attempt > 0 || repeated) headers.set(retryHeader, String(Math.max(1, attempt)))
}
