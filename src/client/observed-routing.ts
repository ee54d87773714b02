import type { ClientCall } from '../core/call.js'
import type { Handler } from '../core/interceptor.js'
import type { Observer } from '../core/observer.js'
import type { Router } from '../routing/index.js'
import type { CompiledRoute } from './route-ring.js'

/** Reports where the routes would send each call, and sends it to all endpoints, as if there were no routes. */
export function observedRouting(
  router: Router<CompiledRoute>,
  direct: Router<CompiledRoute>,
  observer: Observer,
): Handler<ClientCall> {
  return function observeRoute(call) {
    const choice = router.choose(call)
    const leg = choice?.leg === undefined ? '' : ` to ${choice.leg.name}`
    observer.emit('observed', {
      service: call.service,
      policy: 'routing',
      action: choice === undefined ? 'refuse' : 'route',
      detail: choice === undefined ? undefined : `${choice.name}${leg}`,
    })
    return direct.handler(call)
  }
}
