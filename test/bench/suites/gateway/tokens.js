/** The tokens of the load: ten clients of one issuer, signed with the algorithm that every contender knows. */
import { createHmac } from 'node:crypto'

export const issuer = 'https://issuer.bench'
export const audience = 'orders'
export const secret = 'a secret of this benchmark, as long as its hash at least'

const CLIENTS = 10

/** @returns {string[]} valid for an hour from now */
export function makeTokens() {
  const exp = Math.floor(Date.now() / 1_000) + 3_600
  return Array.from({ length: CLIENTS }, (_, client) =>
    sign({ iss: issuer, aud: audience, sub: `client-${client}`, exp, iat: exp - 3_600 }),
  )
}

/** @param {object} claims */
function sign(claims) {
  const content = `${base64(JSON.stringify({ alg: 'HS256', typ: 'JWT' }))}.${base64(JSON.stringify(claims))}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

/** @param {string} text */
function base64(text) {
  return Buffer.from(text).toString('base64url')
}
