import type { Classifier } from '../../core/classifier.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import type { Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import { AdmissionControl } from './admission-control.js'
import type { AdmissionOptions } from './admission-options.js'
import type { ServerConcurrencyDeps } from './server-concurrency-stage.js'

interface Deps {
  readonly control: AdmissionControl
  readonly classifier: Classifier
  readonly observer: Observer
}

async function counted({ control, classifier }: Deps, call: ServerCall, next: Handler<ServerCall>): Promise<Reply> {
  try {
    const reply = await proceed(call, next)
    control.record(classifier.status(reply.status))
    return reply
  } catch (error) {
    if (error instanceof MeshError) control.record(error.status >= 500 ? 'failure' : 'success')
    throw error
  }
}

/** Refuses requests in proportion while too many of the last have failed: 503 with `retry-after`. */
export function serverAdmissionStage(options: AdmissionOptions, deps: ServerConcurrencyDeps): Interceptor<ServerCall> {
  const control = new AdmissionControl(options, deps)
  const own: Deps = { control, classifier: deps.classifier, observer: deps.observer }

  return function admitRequest(call, next) {
    if (!control.rejects()) return counted(own, call, next)
    if (control.observes) {
      deps.observer.emit('observed', { service: '', policy: 'admission', action: 'refuse' })
      return counted(own, call, next)
    }
    deps.observer.emit('shed', { reason: 'admission' })
    return Promise.reject(
      new MeshError('ERR_MESH_UNAVAILABLE', 'too many of the last requests have failed to take this one', {
        retryAfterMs: 1_000,
        detail: 'denied_by_admission_control',
      }),
    )
  }
}
