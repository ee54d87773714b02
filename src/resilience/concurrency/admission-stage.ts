import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import type { Reply } from '../../core/reply.js'
import type { AdmissionControl } from './admission-control.js'

/** What the stage is told from outside. */
export interface AdmissionStageDeps {
  /** Says what an outcome means. */
  readonly classifier: Classifier
  /** Is told every refusal. */
  readonly observer: Observer
}

function denied(call: ClientCall): MeshError {
  return new MeshError(
    'ERR_MESH_OVERFLOW',
    `${call.service || call.authority}: too few calls succeed to make this one`,
    {
      service: call.service,
      detail: 'denied_by_admission_control',
      body: '',
    },
  )
}

/** Refuses calls to a destination that fails, in proportion, and counts how the others go. */
export function admissionStage(control: AdmissionControl, deps: AdmissionStageDeps): Interceptor<ClientCall> {
  const { classifier, observer } = deps

  async function counted(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    try {
      const reply = await proceed(call, next)
      control.record(classifier.status(reply.status))
      return reply
    } catch (error) {
      if (error instanceof MeshError && error.origin !== 'local') control.record(classifier.error(error))
      throw error
    }
  }

  return function admit(call, next) {
    if (!control.rejects()) return counted(call, next)
    const { service } = call
    if (control.observes) {
      observer.emit('observed', { service, policy: 'admission', action: 'refuse' })
      return counted(call, next)
    }
    observer.emit('overflow', { service, limit: 'admission' })
    return Promise.reject(denied(call))
  }
}
