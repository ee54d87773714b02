import { either, headerText, list, object, rule, type Schema, text } from '../core/schema/index.js'
import { isSymmetric, type JwtAlgorithm, jwtAlgorithm } from './algorithms.js'

/** A key that signs a consumer's tokens (Kong's `jwt_secrets`). */
export interface JwtCredential {
  /** What the token's key claim says, `iss` by default; unique among all consumers. */
  key: string
  /** The one algorithm the token must have. Default `HS256`. */
  algorithm?: JwtAlgorithm | undefined
  /** Shared secret, for `HS*`. */
  secret?: string | undefined
  /** Public key in PEM, for everything else. */
  publicKey?: string | undefined
}

/** An API key; only its hash is kept. */
export interface ApiKeyCredential {
  /** The key itself. */
  key?: string | undefined
  /** Or its SHA-256 in hex, so that the key need not stand in a config. */
  sha256?: string | undefined
  /** Names the key in headers and logs. Default: made of the hash. */
  id?: string | undefined
}

/** A gateway's known client and what it proves itself by. Its names are one line: the upstream is told them in headers. */
export interface ConsumerOptions {
  /** Either this or `customId`; unique. */
  username?: string | undefined
  /** The client's name in a system of the user's. */
  customId?: string | undefined
  /** Default: a UUID made of the name, the same in every process. */
  id?: string | undefined
  /** Groups for access lists. Default none. */
  groups?: readonly string[] | undefined
  /** What it proves itself by. Default none. */
  credentials?:
    | {
        /** Keys that sign its tokens. */
        jwt?: readonly JwtCredential[] | undefined
        /** Its API keys: the keys themselves, or objects. */
        apiKeys?: readonly (string | ApiKeyCredential)[] | undefined
      }
    | undefined
}

const jwtCredential: Schema<JwtCredential> = rule(
  object<JwtCredential>({ key: headerText, algorithm: jwtAlgorithm, secret: text, publicKey: text }, ['key']),
  (value, report) => {
    const symmetric = isSymmetric(value.algorithm ?? 'HS256')
    if (symmetric && value.secret === undefined) report(['secret'], 'is required for an HS algorithm')
    if (!symmetric && value.publicKey === undefined) report(['publicKey'], 'is required for this algorithm')
  },
)

/** Schema of one API key. */
export const apiKeyCredential: Schema<string | ApiKeyCredential> = either(
  text,
  rule(object<ApiKeyCredential>({ key: text, sha256: text, id: headerText }), (value, report) => {
    if ((value.key === undefined) === (value.sha256 === undefined)) report([], 'needs either key or sha256')
    if (value.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(value.sha256))
      report(['sha256'], 'must be 64 hex digits, lower case')
  }),
)

/** Schema of `ConsumerOptions`. */
export const consumerOptions: Schema<ConsumerOptions> = rule(
  object<ConsumerOptions>({
    username: headerText,
    customId: headerText,
    id: headerText,
    groups: list(text),
    credentials: object<NonNullable<ConsumerOptions['credentials']>>({
      jwt: list(jwtCredential),
      apiKeys: list(apiKeyCredential),
    }),
  }),
  (value, report) => {
    if (value.username === undefined && value.customId === undefined) report([], 'needs a username or a customId')
  },
)
