/** What a route makes of a call. */
export interface ActionExplanation {
  /** `respond`: it answers by itself, be it by a fault that every call meets. */
  readonly kind: 'forward' | 'redirect' | 'respond'
  /** Of the answer; undefined for a call that goes on. */
  readonly status: number | undefined
  /** Where a redirect leads. */
  readonly location: string | undefined
  /** Path and query as the callee sees them; undefined for an answer. */
  readonly path: string | undefined
  /** Host as the callee sees it; undefined for an answer. */
  readonly authority: string | undefined
  /** Changes to the headers of the call, in order, names only: `remove x-a`, `set x-b`, `add x-c`. */
  readonly requestHeaders: readonly string[]
  /** The same, of the answer. */
  readonly responseHeaders: readonly string[]
  /** Trouble on purpose: `delay 100% 2s`, `abort 10% 503`. */
  readonly faults: readonly string[]
  /** Where copies go: `service|subset 10%`. */
  readonly mirrors: readonly string[]
  /** Whether browsers' cross-origin calls are looked after. */
  readonly cors: boolean
}
