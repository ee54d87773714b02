/** What every gateway is asked for. */
import { payloadNamed } from '../../payloads.js'
import { makeTokens } from './tokens.js'

const { path, body } = payloadNamed('500B')

/** What every reply brings. */
export const expected = body

/**
 * @typedef {object} Requests
 * @property {string} path
 * @property {Record<string, string>} headers
 * @property {string[]} tokens one after the other
 */

/** @returns {Requests} */
export function makeRequests() {
  return { path, headers: { accept: 'application/json', 'x-tenant': 'acme' }, tokens: makeTokens() }
}

/**
 * The same for wrk.
 * @param {Requests} requests
 * @returns {string} Lua
 */
export function wrkScript({ path, headers, tokens }) {
  const fields = Object.entries(headers).map(([name, value]) => `["${name}"] = "${value}"`)
  return `
    local ready, last = {}, 0
    function init()
      for _, token in ipairs({ ${tokens.map((token) => `"${token}"`).join(', ')} }) do
        local headers = { ${fields.join(', ')}, ["authorization"] = "Bearer " .. token }
        table.insert(ready, wrk.format("GET", "${path}", headers))
      end
    end
    function request()
      last = last % #ready + 1
      return ready[last]
    end
    function done(summary, latency)
      local errors = summary.errors
      local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
      local short = summary.bytes < summary.requests * ${body.length} and 1 or 0
      io.write(string.format(
        '{"calls":%d,"wallMs":%.3f,"failed":%d,"p50Micros":%d,"p99Micros":%d}\\n',
        summary.requests, summary.duration / 1000, failed + short, latency:percentile(50), latency:percentile(99)))
    end`
}
