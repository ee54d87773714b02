/** What every contender is opened with: where to call, what to send, how to read the answer. */
import { payloadNamed, replyCheck } from '../../payloads.js'

/**
 * The plain data that crosses the process boundary.
 * @typedef {object} TargetOptions
 * @property {string[]} origins ten ports of the same server
 * @property {string} payload name
 * @property {import('../../certificates.js').Credentials | null} tls the client's side
 */

/**
 * @typedef {object} Target
 * @property {string} origin the first of the origins: all that a contender without a balancer knows
 * @property {string[]} origins
 * @property {string} path
 * @property {string} url
 * @property {Record<string, string>} headers sent by every contender
 * @property {boolean} json whether the body is read as JSON, else as bytes
 * @property {import('../../certificates.js').Credentials | null} tls
 * @property {{ connect?: import('../../certificates.js').Credentials }} connectOptions for undici's dispatchers
 * @property {(status: number, body: any) => boolean} isRight
 */

/**
 * @param {TargetOptions} options
 * @returns {Target}
 */
export function createTarget({ origins, payload: name, tls }) {
  const payload = payloadNamed(name)
  const origin = origins[0] ?? ''
  return {
    origin,
    origins,
    path: payload.path,
    url: origin + payload.path,
    headers: { accept: 'application/json', 'x-tenant': 'acme' },
    json: payload.read === 'json',
    tls,
    connectOptions: tls === null ? {} : { connect: tls },
    isRight: replyCheck(payload),
  }
}
