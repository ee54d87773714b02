import type { Readable } from 'node:stream'
import { wireBody } from '../core/body.js'
import type { ClientCall } from '../core/call.js'
import { type Clock, systemClock } from '../core/clock.js'
import type { MeshErrorCode } from '../core/error-codes.js'
import type { Handler } from '../core/interceptor.js'
import type { Reply } from '../core/reply.js'
import { player, type Script } from './script.js'
import { ScriptedExchange } from './scripted-exchange.js'
import type { FailStep, HangStep, ReplyStep, TruncateStep, UpstreamStep } from './steps.js'

/** A call that reached the upstream. */
export interface UpstreamCall {
  /** The call as it arrived, for an attempt its fork. */
  readonly call: ClientCall
  /** The request body; a stream is left for the test to read. */
  readonly body: string | Uint8Array | Readable | null
  /** When it came, by the clock, ms. */
  readonly atMs: number
  /** False once the reply body has ended, or the call has failed. */
  readonly active: boolean
  /** Why the call was cancelled, if it was. */
  readonly cancelledWith: unknown
}

/** The end of a chain that a test writes: a handler that plays a script and records what reaches it. */
export interface ScriptedUpstream extends Handler<ClientCall> {
  /** Everything that came, in order. */
  readonly calls: readonly UpstreamCall[]
  /** Calls whose reply has not ended: 0 at the end of a test, or something leaks. */
  readonly active: number
  /** Answers the next call. */
  reply(status: number, options?: Omit<ReplyStep, 'reply'>): ScriptedUpstream
  /** Fails the next call. */
  fail(code: MeshErrorCode, options?: Omit<FailStep, 'fail'>): ScriptedUpstream
  /** Goes silent on the next call: before the `headers` (default), or in the `body`. */
  hang(phase?: HangStep['hang']): ScriptedUpstream
  /** Answers the next call with 200 and breaks off after that many bytes of the body. */
  truncate(after: number, body?: TruncateStep['body']): ScriptedUpstream
}

/**
 * Makes an upstream without sockets, in the spirit of tower-test, for tests of policies. Its methods queue what happens
 * to the next calls, one each; after that, or without them, the script rules: by default an empty 200. It honours
 * cancellation and takes its time from the clock.
 *
 * @example
 * const clock = fakeClock()
 * const upstream = scriptedUpstream({ reply: 200, body: 'ok' }, { clock }).fail('ERR_MESH_CONNECT').reply(503)
 * const send = compose([retry({ attempts: 2, on: ['5xx'] }, { clock })], upstream)
 */
export function scriptedUpstream(
  script: Script<ClientCall, UpstreamStep> = { reply: 200 },
  options: { clock?: Clock | undefined } = {},
): ScriptedUpstream {
  const clock = options.clock ?? systemClock
  const stepOf = player(script, { reply: 200 })
  const queue: UpstreamStep[] = []
  const calls: ScriptedExchange[] = []

  function upstream(call: ClientCall): Promise<Reply> {
    if (call.cancelled) return Promise.reject(call.reason)
    let exchange: ScriptedExchange
    try {
      exchange = new ScriptedExchange(call, wireBody(call.body), clock)
    } catch (error) {
      return Promise.reject(error)
    }
    calls.push(exchange)
    const scripted = stepOf(call, calls.length)
    exchange.play(queue.shift() ?? scripted)
    return exchange.reply
  }

  function queued(step: UpstreamStep): ScriptedUpstream {
    queue.push(step)
    return made
  }

  const made: ScriptedUpstream = Object.assign(upstream, {
    calls,
    active: 0,
    reply: (status: number, more?: Omit<ReplyStep, 'reply'>) => queued({ ...more, reply: status }),
    fail: (code: MeshErrorCode, more?: Omit<FailStep, 'fail'>) => queued({ ...more, fail: code }),
    hang: (phase: HangStep['hang'] = 'headers') => queued({ hang: phase }),
    truncate: (after: number, body?: TruncateStep['body']) => queued({ truncate: after, body }),
  })
  Object.defineProperty(made, 'active', { get: () => calls.filter((one) => one.active).length })
  return made
}
