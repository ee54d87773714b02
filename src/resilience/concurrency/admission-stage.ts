import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import type { Reply } from '../../core/reply.js'
import type { Visit } from '../../core/visit.js'
import type { AdmissionControl } from './admission-control.js'

/** What the stage is told from outside. */
export interface AdmissionStageDeps {
  /** Says what an outcome means. */
  readonly classifier: Classifier
  /** Is told every refusal. */
  readonly observer: Observer
}

function denied(call: ClientCall): MeshError {
  return new MeshError('ERR_MESH_OVERFLOW', `${call.callee}: too few calls succeed to make this one`, {
    service: call.service,
    detail: 'denied_by_admission_control',
    body: '',
  })
}

/** Counts how the calls go that are let through. */
class Counted implements Visit {
  readonly #control: AdmissionControl
  readonly #classifier: Classifier

  constructor(control: AdmissionControl, classifier: Classifier) {
    this.#control = control
    this.#classifier = classifier
  }

  replied(reply: Reply): void {
    this.#control.record(this.#classifier.status(reply.status))
  }

  failed(error: unknown): void {
    if (error instanceof MeshError && error.origin !== 'local') this.#control.record(this.#classifier.error(error))
  }
}

/** Refuses calls to a destination that fails, in proportion, and counts how the others go. */
export function admissionStage(control: AdmissionControl, deps: AdmissionStageDeps): Interceptor<ClientCall> {
  const { classifier, observer } = deps
  const counted = new Counted(control, classifier)

  return guarding(function admit(call: ClientCall) {
    if (!control.rejects()) return counted
    const { service } = call
    if (!control.observes) {
      observer.emit('overflow', { service, limit: 'admission' })
      throw denied(call)
    }
    observer.emit('observed', { service, policy: 'admission', action: 'refuse' })
    return counted
  })
}
