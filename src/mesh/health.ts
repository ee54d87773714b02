import type { Health } from '../server/readiness.js'

/** What readiness depends on. */
export interface HealthSources {
  /** A config serves. */
  readonly configured: () => boolean
  /** Our own certificate has ended, and nothing has taken its place. */
  readonly expired: () => boolean
  /** Resolves when everything has loaded. */
  readonly ready: () => Promise<void>
}

const good: Health = Object.freeze({ ready: true, reasons: Object.freeze([]) })

/** Keeps track of whether a mesh should get requests. What loads is waited for from the first time that somebody asks. */
export class MeshHealth {
  readonly #sources: HealthSources
  #state: 'open' | 'draining' | 'closed' = 'open'
  #loaded = false
  #asking = false

  constructor(sources: HealthSources) {
    this.#sources = sources
  }

  /** From now on it is not ready. */
  drain(): void {
    this.#state = 'draining'
  }

  /** It never will be again. */
  close(): void {
    this.#state = 'closed'
  }

  /** How it stands at this moment. */
  readonly now = (): Health => {
    if (this.#state !== 'open') return { ready: false, reasons: [this.#state] }
    if (!this.#sources.configured()) return { ready: false, reasons: ['config'] }
    if (this.#sources.expired()) return { ready: false, reasons: ['identity'] }
    if (this.#loaded) return good
    this.#ask()
    return { ready: false, reasons: ['loading'] }
  }

  #ask(): void {
    if (this.#asking) return
    this.#asking = true
    this.#sources.ready().then(
      () => {
        this.#loaded = true
      },
      () => {
        this.#asking = false
      },
    )
  }
}
