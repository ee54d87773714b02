import type { Interceptor } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { validate } from '../../core/schema/index.js'
import type { ServerCall } from '../../core/server-call.js'
import { type Grant, nativeGranter } from './grant.js'
import { kongGranter } from './kong-grant.js'
import { type CorsOptions, corsOptions } from './options.js'
import { isPreflight, preflightReply } from './preflight.js'

function declare(call: ServerCall, grant: Grant, exposed: string | undefined): void {
  const headers = call.replyHeaders
  if (grant.vary) headers.append('vary', 'Origin')
  if (grant.allowOrigin !== undefined) headers.set('access-control-allow-origin', grant.allowOrigin)
  if (grant.credentials) headers.set('access-control-allow-credentials', 'true')
  if (exposed !== undefined) headers.set('access-control-expose-headers', exposed)
}

/** Headers of the upstream that give way to this policy: two answers are no answer to a browser. */
function replacedHeaders(options: CorsOptions): readonly string[] {
  const native = options.dialect !== 'kong'
  const names = ['access-control-allow-origin']
  if (native || options.credentials === true) names.push('access-control-allow-credentials')
  if (native || (options.exposedHeaders?.length ?? 0) > 0) names.push('access-control-expose-headers')
  return names
}

/**
 * Protects users from foreign pages (CORS): answers preflights before anything else looks at them, and tells browsers
 * whose pages may read the answers - refusals included. It refuses nothing itself. `dialect: 'kong'` follows the
 * cors plugin.
 *
 * @example
 * app.use(meshMiddleware([cors({ origins: ['https://shop.example'], credentials: true })]))
 */
export function cors(options: CorsOptions = {}): Interceptor<ServerCall> {
  const valid = validate(corsOptions, options, 'cors')
  const isKong = valid.dialect === 'kong'
  const grantFor = isKong ? kongGranter(valid) : nativeGranter(valid)
  const answer = preflightReply(valid)
  const exposed = valid.exposedHeaders?.length === 0 ? undefined : valid.exposedHeaders?.join(',')
  const answersWithoutOrigin = isKong && valid.allowOriginAbsent !== false
  const replaced = replacedHeaders(valid)

  function withoutReplaced(reply: Reply): Reply {
    for (const name of replaced) reply.headers.delete(name)
    return reply
  }

  return function corsInterceptor(call, next) {
    const origin = call.headers.get('origin')
    if (isPreflight(call))
      return valid.preflightContinue === true ? next(call) : Promise.resolve(answer(call, grantFor(origin)))
    if (isKong && origin === undefined && !answersWithoutOrigin) return next(call)
    const grant = grantFor(origin)
    if (origin !== undefined || answersWithoutOrigin) {
      const readable = grant.allowOrigin !== undefined || isKong
      declare(call, grant, readable ? exposed : undefined)
    } else if (grant.vary) call.replyHeaders.append('vary', 'Origin')
    return next(call).then(withoutReplaced)
  }
}
