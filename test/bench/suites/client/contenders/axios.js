/** axios with its http adapter and keep-alive agents. */
import http from 'node:http'
import https from 'node:https'
import axios from 'axios'
import { createTarget } from '../target.js'

/** @param {import('../target.js').TargetOptions} options */
export function open(options) {
  const { url, headers, json, tls, isRight } = createTarget(options)
  const agent = tls === null ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true, ...tls })
  const client = axios.create({
    adapter: 'http',
    headers,
    responseType: json ? 'json' : 'arraybuffer',
    httpAgent: agent,
    httpsAgent: agent,
  })
  async function call() {
    const { status, data } = await client.get(url)
    return isRight(status, data)
  }
  return { call, close: () => agent.destroy() }
}
