import { putAway, type RequestBody } from './body.js'
import { Held } from './held.js'

/** A body that can be sent once, put away as undici does if its call ends without having sent it. */
export class OneShot extends Held {
  readonly #body: RequestBody

  constructor(body: RequestBody) {
    super()
    this.#body = body
  }

  release(): void {
    putAway(this.#body)
  }
}
