import { createHash, timingSafeEqual } from 'node:crypto'
import type { ApiKeyCredential } from './consumer-options.js'

/** Longest key that is looked at; a longer one is hashed up to here and cannot match. */
const maxKeyLength = 4096

interface Entry<T> {
  readonly digest: Buffer
  readonly value: T
}

/** The SHA-256 of a credential, hex. */
function credentialHash(credential: string | ApiKeyCredential): string {
  if (typeof credential !== 'string' && credential.sha256 !== undefined) return credential.sha256
  const key = typeof credential === 'string' ? credential : (credential.key ?? '')
  return createHash('sha256').update(key).digest('hex')
}

/** What a key is called in headers and logs, never the key itself. */
export function credentialIdOf(credential: string | ApiKeyCredential): string {
  const named = typeof credential === 'string' ? undefined : credential.id
  return named ?? credentialHash(credential).slice(0, 16)
}

/** API keys by their hash: an unknown key costs what a known one does, so that time tells nothing about them. */
export class ApiKeyIndex<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #nothing = Buffer.alloc(32)

  /** Whether the key was new. */
  add(credential: string | ApiKeyCredential, value: T): boolean {
    const hash = credentialHash(credential)
    if (this.#entries.has(hash)) return false
    this.#entries.set(hash, { digest: Buffer.from(hash, 'hex'), value })
    return true
  }

  find(key: string): T | undefined {
    const digest = createHash('sha256').update(key.slice(0, maxKeyLength)).digest()
    const entry = this.#entries.get(digest.toString('hex'))
    const equal = timingSafeEqual(digest, entry?.digest ?? this.#nothing)
    return equal && key.length <= maxKeyLength ? entry?.value : undefined
  }
}
