import { MeshError } from '../core/errors.js'
import { guarding } from '../core/guard.js'
import { HeaderMap } from '../core/headers.js'
import type { Interceptor } from '../core/interceptor.js'
import { kongBody } from '../core/kong-body.js'
import { validate } from '../core/schema/index.js'
import type { ServerCall } from '../core/server-call.js'
import type { RateLimitDecision } from './decision.js'
import { compileHeaders, resetSeconds } from './headers.js'
import { type RateLimitDeps, RateLimiter } from './limiter.js'
import { type RateLimitOptions, rateLimitOptions } from './options.js'

/**
 * The interceptor of a policy whose options have been validated: counts, tells the client where it stands, refuses with
 * `ERR_MESH_RATE_LIMITED`.
 */
export function limitBy(limiter: RateLimiter, options: RateLimitOptions): Interceptor<ServerCall> {
  const headersOf = compileHeaders(options)
  const separate = (options.headers ?? 'draft-8') === 'draft-8'
  const message = options.errorMessage ?? (options.headers === 'kong' ? 'API rate limit exceeded' : undefined)
  const contentType = message === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }

  function refusal(decision: RateLimitDecision, call: ServerCall): MeshError {
    const wait = options.headers === false ? undefined : decision.refusedBy
    return new MeshError('ERR_MESH_RATE_LIMITED', `the rate limit "${limiter.name}" is used up`, {
      status: options.errorCode,
      detail: 'request_rate_limited',
      headers: { ...Object.fromEntries(new HeaderMap([...headersOf(decision)])), ...contentType },
      ...(wait === undefined ? {} : { retryAfterMs: resetSeconds(wait) * 1_000 }),
      ...(message === undefined ? {} : { body: kongBody(message, call) }),
    })
  }

  function abide(decision: RateLimitDecision, call: ServerCall): undefined {
    if (!decision.allowed) throw refusal(decision, call)
    const headers = headersOf(decision)
    for (let i = 0; i < headers.length; i += 2) {
      // Lists of structured fields add up over policies; single numbers cannot.
      if (separate) call.replyHeaders.append(headers[i] ?? '', headers[i + 1] ?? '')
      else call.replyHeaders.set(headers[i] ?? '', headers[i + 1] ?? '')
    }
  }

  return guarding(function rateLimited(call: ServerCall) {
    return limiter.consume(call, abide)
  })
}

/**
 * Limits how often a client may call: fixed windows, in this process or shared through Redis, with Kong's calendar and
 * headers where asked. Protects the application from floods and clients from each other.
 *
 * @example
 * app.use(meshMiddleware([rateLimit({ limit: 100, per: '1m', by: 'ip', store: redis })]))
 */
export function rateLimit(options: RateLimitOptions, deps?: RateLimitDeps | undefined): Interceptor<ServerCall> {
  const checked = validate(rateLimitOptions, options, 'rateLimit')
  return limitBy(new RateLimiter(checked, deps), checked)
}
