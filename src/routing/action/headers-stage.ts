import type { ClientCall } from '../../core/call.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { choiceOf } from '../choice.js'
import { stripSteering } from './envoy-headers.js'
import type { HeaderPlan } from './header-plan.js'
import { type PathRewrite, rewriteTarget } from './path-rewrite.js'

/** What the stage does beside the plan of each leg. */
export interface HeadersStageOptions {
  readonly rewrite: PathRewrite | undefined
  /** `x-envoy-original-path` and `-host` go out, and what would steer a proxy is taken off. */
  readonly envoyHeaders: boolean
}

/** Makes the call what the callee is to see, in Envoy's order: headers, Host, path. */
export function prepare(call: ClientCall, options: HeadersStageOptions): HeaderPlan | undefined {
  const { rewrite, envoyHeaders } = options
  const choice = choiceOf(call)
  const plan = choice?.plan
  if (envoyHeaders) stripSteering(call.headers)
  plan?.onRequest(call)
  const authority = plan?.authority?.(call, undefined, 0) ?? ''
  if (authority !== '') {
    if (envoyHeaders) call.headers.set('x-envoy-original-host', call.authority)
    call.authority = authority
  }
  if (rewrite !== undefined) {
    if (envoyHeaders) call.headers.set('x-envoy-original-path', call.path)
    call.path = rewriteTarget(call.path, rewrite, choice?.prefix)
  }
  return plan
}

/**
 * Changes what goes out - headers, Host, path - once for all attempts of a call, and the headers of what comes back, also
 * of the answer that a failure becomes.
 */
export function headersStage(options: HeadersStageOptions): Interceptor<ClientCall> {
  return function headers(call, next) {
    const plan = prepare(call, options)
    return plan?.touchesAnswers === true ? withAnswerHeaders(call, next, plan) : next(call)
  }
}

async function withAnswerHeaders(call: ClientCall, next: Handler<ClientCall>, plan: HeaderPlan): Promise<Reply> {
  try {
    const reply = await proceed(call, next)
    plan.onAnswer(call, reply.headers, reply.status)
    return reply
  } catch (error) {
    plan.onError(call, error)
    throw error
  }
}
