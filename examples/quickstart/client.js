import http from 'node:http'
import tls from 'node:tls'
import { SignJWT } from 'jose'

const agent = new http.Agent({ keepAlive: true })

/** A plain HTTP call, as somebody outside would make it. */
export function get(port, path, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: '127.0.0.1', port, path, headers, agent }, async (response) => {
      try {
        const chunks = await response.toArray()
        const text = Buffer.concat(chunks).toString()
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: text === '' ? undefined : JSON.parse(text),
        })
      } catch (error) {
        reject(error)
      }
    })
    request.on('error', reject)
  })
}

/** Makes `count` calls, up to `width` of them at once. */
export async function many(count, width, call) {
  const results = []
  let started = 0
  async function worker() {
    while (started < count) {
      started++
      results.push(await call())
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

/** Why a TLS server refuses somebody who has no certificate; undefined if it does not. */
export function tlsRefusal(port) {
  return new Promise((resolve) => {
    // The server is not who is in question here, so its certificate may be anybody's.
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false })
    socket.once('secureConnect', () => socket.write('GET /products HTTP/1.1\r\nhost: backend-service\r\n\r\n'))
    const told = (why) => {
      socket.destroy()
      resolve(why)
    }
    socket.once('data', () => told(undefined))
    socket.once('error', (error) => told(error.code))
    socket.once('end', () => told('closed'))
  })
}

/** A token of a consumer, signed as its credential in manifests/ingress.yaml says. */
export function tokenOf(consumer, secret) {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(consumer)
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(secret))
}
