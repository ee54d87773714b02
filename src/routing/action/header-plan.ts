import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'
import { HeaderMap } from '../../core/headers.js'
import type { Format } from './commands.js'
import { authorityOf, HeaderMutation } from './header-operations.js'
import type { RouteHeaders } from './options.js'

/** To Envoy an answer of its own has no status yet when its headers are changed: `%RESPONSE_CODE%` is 0. */
export const noStatus = 0

/** What is done to the headers of calls that take one way, all levels together. */
export class HeaderPlan {
  /** New Host: that of `rewrite`, else of the route's headers, else of the destination's. */
  readonly authority: Format | undefined
  readonly #request: readonly HeaderMutation[]
  readonly #response: readonly HeaderMutation[]

  constructor(request: readonly HeaderMutation[], response: readonly HeaderMutation[], authority: Format | undefined) {
    this.#request = request.filter(({ empty }) => !empty)
    this.#response = response.filter(({ empty }) => !empty)
    this.authority = authority
  }

  /** Whether nothing is done at all. */
  get empty(): boolean {
    return this.authority === undefined && this.#request.length === 0 && !this.touchesAnswers
  }

  /** Whether anything is done to answers. */
  get touchesAnswers(): boolean {
    return this.#response.length > 0
  }

  /** Changes the headers of a call. */
  onRequest(call: ClientCall): void {
    for (const mutation of this.#request) mutation.apply(call.headers, call, undefined, 0)
  }

  /** Changes the headers of an answer, whoever gave it. */
  onAnswer(call: ClientCall, headers: HeaderMap, status: number): void {
    for (const mutation of this.#response) mutation.apply(headers, call, headers, status)
  }

  /** Changes the headers of the answer that an error becomes at an edge, as Envoy does with its own replies. */
  onError(call: ClientCall, error: unknown): void {
    if (!(error instanceof MeshError) || !this.touchesAnswers) return
    const headers = HeaderMap.from(error.headers)
    this.onAnswer(call, headers, noStatus)
    if (error.body === '') headers.delete('content-type')
    const names = new Set([...headers.entries()].map(([name]) => name.toLowerCase()))
    error.headers = Object.fromEntries([...names].map((name) => [name, headers.getAll(name).join(',')]))
  }

  /** In words, names only. */
  describe(): { readonly request: string[]; readonly response: string[] } {
    return {
      request: this.#request.flatMap((mutation) => mutation.describe()),
      response: this.#response.flatMap((mutation) => mutation.describe()),
    }
  }
}

/** What a plan is made of. */
export interface HeaderLevels {
  readonly route?: RouteHeaders | undefined
  /** They come first, so that the route's overwrite them. */
  readonly destination?: RouteHeaders | undefined
  /** Of `rewrite`, as it stands. */
  readonly authority?: string | undefined
}

/** Undefined when there is nothing to do. */
export function headerPlan(levels: HeaderLevels, clock: Clock): HeaderPlan | undefined {
  const { route, destination, authority: literal } = levels
  const mutations = (side: keyof RouteHeaders): HeaderMutation[] => [
    new HeaderMutation(destination?.[side] ?? {}, clock),
    new HeaderMutation(route?.[side] ?? {}, clock),
  ]
  const authority =
    literal === undefined
      ? (authorityOf(route?.request, clock) ?? authorityOf(destination?.request, clock))
      : () => literal
  const plan = new HeaderPlan(mutations('request'), mutations('response'), authority)
  return plan.empty ? undefined : plan
}
