/** Tokens of a hundred callers, and what verifies them. */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'

export const issuer = 'https://id.example'
export const audience = 'shop'
const CALLERS = 100

/**
 * What a server verifies with; plain data, to cross the process boundary.
 * @typedef {object} Verifier
 * @property {'HS256' | 'ES256'} alg
 * @property {string} key the shared secret, or the public key in PEM
 */

/**
 * @typedef {object} Tokens
 * @property {Verifier} verifier
 * @property {string[]} list
 * @property {string} file the same, one a line
 * @property {() => void} remove
 */

/**
 * @param {'HS256' | 'ES256'} alg
 * @returns {Promise<Tokens>}
 */
export async function makeTokens(alg) {
  const { signing, key } = alg === 'HS256' ? sharedSecret() : keyPair()
  const list = await Promise.all(
    Array.from({ length: CALLERS }, (_, caller) =>
      new SignJWT({ scope: 'orders:read', name: `Caller ${caller}` })
        .setProtectedHeader({ alg, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(`caller-${caller}`)
        .setIssuedAt()
        .setExpirationTime('2h')
        .sign(signing),
    ),
  )
  const folder = mkdtempSync(join(tmpdir(), 'bench-tokens-'))
  const file = join(folder, 'tokens')
  writeFileSync(file, list.join('\n'))
  return { verifier: { alg, key }, list, file, remove: () => rmSync(folder, { recursive: true }) }
}

function sharedSecret() {
  const key = randomBytes(32).toString('hex')
  return { signing: Buffer.from(key), key }
}

function keyPair() {
  // By way of PEM: on Node 20 a KeyObject fresh from its generation can lock the thread up when jose exports it.
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'prime256v1',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { signing: createPrivateKey(privateKey), key: publicKey }
}
