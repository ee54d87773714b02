/** got with keep-alive agents. */
import http from 'node:http'
import https from 'node:https'
import got from 'got'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { url, headers, json, tls, isRight } = createTarget(options)
  const httpAgent = new http.Agent({ keepAlive: true })
  const httpsAgent = new https.Agent({ keepAlive: true, ...tls })
  const client = got.extend({
    headers,
    responseType: json ? 'json' : 'buffer',
    agent: { http: httpAgent, https: httpsAgent },
    ...(tls === null ? {} : { https: { certificateAuthority: tls.ca, certificate: tls.cert, key: tls.key } }),
  })
  async function call() {
    const { statusCode, body } = await client.get(url)
    return isRight(statusCode, body)
  }
  function close() {
    httpAgent.destroy()
    httpsAgent.destroy()
  }
  return { call, close }
}
