import { createHash } from 'node:crypto'
import { ConfigError, type Problem } from '../core/config-error.js'
import type { ConsumerRef } from '../core/server-call.js'
import { ApiKeyIndex, credentialIdOf } from './api-key-index.js'
import type { ConsumerOptions, JwtCredential } from './consumer-options.js'

/** A consumer's token key, found by what the token says. */
export interface JwtCredentialMatch {
  /** The key that was named. */
  readonly credential: JwtCredential
  /** Whose it is. */
  readonly consumer: ConsumerRef
}

/** A gateway's known clients, by what they can prove themselves with. */
export interface ConsumerStore {
  /** By what a token's key claim says, exactly. */
  byJwtKey(key: string): JwtCredentialMatch | undefined
  /** Takes the same time whether the key is known or not. */
  byApiKey(key: string): ConsumerRef | undefined
  /** By username or id; no credential. */
  byName(name: string): ConsumerRef | undefined
  /** Every token key of every consumer, to be parsed once. */
  readonly jwtCredentials: Iterable<JwtCredential>
}

function stableId(options: ConsumerOptions): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([options.username, options.customId]))
    .digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

/** Who a consumer is to policies: the `principal` of a call that has no token's. */
export function consumerPrincipal(consumer: ConsumerRef): string {
  return consumer.username ?? consumer.customId ?? consumer.id
}

/** Indexes consumers by their credentials. Throws `ConfigError` for a name or credential that two of them share. */
export function consumerStore(consumers: readonly ConsumerOptions[], path = 'consumers'): ConsumerStore {
  const names = new Map<string, ConsumerRef>()
  const jwtKeys = new Map<string, JwtCredentialMatch>()
  const apiKeys = new ApiKeyIndex<ConsumerRef>()
  const problems: Problem[] = []
  for (const [i, options] of consumers.entries()) {
    const { username, customId } = options
    const consumer = { id: options.id ?? stableId(options), username, customId, groups: options.groups ?? [] }
    const at = `${path}[${i}]`
    for (const name of new Set([username, consumer.id]))
      if (name !== undefined && names.has(name))
        problems.push({ path: at, message: `another consumer is called "${name}"` })
      else if (name !== undefined) names.set(name, { ...consumer, credentialId: undefined })
    for (const [j, credential] of (options.credentials?.jwt ?? []).entries())
      if (jwtKeys.has(credential.key))
        problems.push({ path: `${at}.credentials.jwt[${j}].key`, message: 'is the key of another credential' })
      else jwtKeys.set(credential.key, { credential, consumer: { ...consumer, credentialId: credential.key } })
    for (const [j, credential] of (options.credentials?.apiKeys ?? []).entries())
      if (!apiKeys.add(credential, { ...consumer, credentialId: credentialIdOf(credential) }))
        problems.push({ path: `${at}.credentials.apiKeys[${j}]`, message: 'is the key of another credential' })
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return {
    byJwtKey: (key) => jwtKeys.get(key),
    byApiKey: (key) => apiKeys.find(key),
    byName: (name) => names.get(name),
    jwtCredentials: [...jwtKeys.values()].map((match) => match.credential),
  }
}

/** A gateway without known clients. */
export const noConsumers: ConsumerStore = consumerStore([])
