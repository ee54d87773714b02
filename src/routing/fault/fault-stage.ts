import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Random } from '../../core/random.js'
import type { Reply } from '../../core/reply.js'
import { localReply } from '../action/local-reply.js'
import { Chance } from '../chance.js'
import { choiceOf } from '../choice.js'
import type { FaultOptions } from './options.js'
import { pause } from './pause.js'

/**
 * Trouble on purpose, before anything of the route's own: no deadline of the route runs yet and no retry sees it. The
 * delay is drawn first, then the abort, which is an answer and no error.
 */
export function faultStage(options: FaultOptions, deps: { clock: Clock; random: Random }): Interceptor<ClientCall> {
  const { clock, random } = deps
  const { delay, abort } = options
  const delayed = new Chance(delay?.percentage ?? 0)
  const delayMs = durationMs(delay?.duration) ?? 0
  const aborted = new Chance(abort?.percentage ?? 0)
  const status = abort?.status ?? 503

  function goOn(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    if (!aborted.hits(random)) return next(call)
    const answer = { status, body: 'fault filter abort', flag: 'FI', detail: 'fault_filter_abort' }
    return Promise.resolve(localReply(call, answer, choiceOf(call)?.plan))
  }

  async function later(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    await pause(call, delayMs, clock)
    const reply = await proceed(call, (late) => goOn(late, next))
    reply.flag = reply.flag === undefined ? 'DI' : `DI,${reply.flag}`
    return reply
  }

  return function fault(call, next) {
    return delayed.hits(random) ? later(call, next) : goOn(call, next)
  }
}
