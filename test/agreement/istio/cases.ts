import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** What Envoy answered. */
export interface Expected {
  readonly status: number
  /** `outbound|PORT|SUBSET|HOST`; an empty subset stands for every endpoint. */
  readonly cluster?: string
  /** Address of each attempt; empty when Envoy answered by itself. */
  readonly attempts: readonly string[]
  /** Of a local answer. */
  readonly body?: string
  /** Request line and headers of the last attempt, as the upstream saw them. */
  readonly url?: string
  readonly saw?: readonly (readonly [string, string])[]
  /** Reply headers that matter. */
  readonly headers?: Readonly<Record<string, string>>
}

/** One request. */
export interface Case {
  readonly method: string
  readonly port: number
  readonly authority: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  /** Or why Envoy's answer was no HTTP: those are not asked. */
  readonly expect: Expected | { readonly error: string }
}

/** A set of resources with its requests. */
export interface CaseSet {
  readonly name: string
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly yaml: string
  readonly cases?: readonly Case[]
  /** Why Istio refuses the set. */
  readonly reject?: string
}

/** Reads every set. */
export function readCases(): readonly CaseSet[] {
  const text = gunzipSync(readFileSync(new URL('cases.jsonl.gz', import.meta.url))).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}
