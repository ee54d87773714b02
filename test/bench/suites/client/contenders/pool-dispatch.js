/** Raw `pool.dispatch` with the smallest handler that can hand a body over: the floor for any client on undici. */
import { Pool } from 'undici'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { origin, path, headers, json, isRight, connectOptions } = createTarget(options)
  const pool = new Pool(origin, connectOptions)
  const request = { method: 'GET', path, headers }

  function call() {
    return new Promise((resolve, reject) => {
      pool.dispatch(request, new BodyCollector(json, isRight, resolve, reject))
    })
  }
  return { call, close: () => pool.close() }
}

/** undici 7's core speaks these older handler names itself and wraps the newer ones. */
class BodyCollector {
  #status = 0
  /** @type {Buffer[]} */
  #chunks = []

  /**
   * @param {boolean} json
   * @param {(status: number, body: any) => boolean} isRight
   * @param {(right: boolean) => void} resolve
   * @param {(error: Error) => void} reject
   */
  constructor(json, isRight, resolve, reject) {
    this.json = json
    this.isRight = isRight
    this.resolve = resolve
    this.reject = reject
  }

  onConnect() {}

  /** @param {number} status */
  onHeaders(status) {
    this.#status = status
    return true
  }

  /** @param {Buffer} chunk */
  onData(chunk) {
    this.#chunks.push(chunk)
    return true
  }

  onComplete() {
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks)
    this.resolve(this.isRight(this.#status, this.json ? JSON.parse(body.toString()) : body))
  }

  /** @param {Error} error */
  onError(error) {
    this.reject(error)
  }
}
