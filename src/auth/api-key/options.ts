import { flag, headerName, list, object, oneOf, rule, type Schema, text } from '../../core/schema/index.js'
import { type ApiKeyCredential, apiKeyCredential } from '../consumer-options.js'
import { realm } from '../realm.js'

/** Where a client's key is looked for, and what happens to it. `dialect: 'kong'` is the key-auth plugin. */
export interface ApiKeyOptions {
  /** Header names, tried in order. Default `['x-api-key']`; Kong: `['apikey']`. */
  headers?: readonly string[] | undefined
  /** Query parameters, tried in order. Default none; Kong: `['apikey']`. */
  query?: readonly string[] | undefined
  /** Keys that count. Default: those of the consumers. */
  keys?: readonly (string | ApiKeyCredential)[] | undefined
  /**
   * Keep the key from the upstream and from the application; what a framework logs before its middlewares and hooks run
   * still has one in the query. Default true; Kong: false, its default before 3.14.
   */
  hideCredentials?: boolean | undefined
  /** `realm` of the challenge. Default none. */
  realm?: string | undefined
  /** No key passes, without an identity; an unknown one never does. Native only. Default false. */
  optional?: boolean | undefined
  /** Whose semantics and error bodies. Default `native`. */
  dialect?: 'native' | 'kong' | undefined
  /** Kong: consumer (username or id) for calls that fail to authenticate. Default: they are refused. */
  anonymous?: string | undefined
  /** Kong: whether `OPTIONS` needs a key too. Default true. */
  runOnPreflight?: boolean | undefined
}

/** Schema of `ApiKeyOptions`. */
export const apiKeyOptions: Schema<ApiKeyOptions> = rule(
  object<ApiKeyOptions>({
    headers: list(headerName),
    query: list(text),
    keys: list(apiKeyCredential, { min: 1 }),
    hideCredentials: flag,
    realm,
    optional: flag,
    dialect: oneOf('native', 'kong'),
    anonymous: text,
    runOnPreflight: flag,
  }),
  (value, report) => {
    if (value.dialect === 'kong') {
      if (value.optional !== undefined) report(['optional'], 'is not part of the kong dialect; use "anonymous"')
    } else
      for (const name of ['anonymous', 'runOnPreflight'] as const)
        if (value[name] !== undefined) report([name], 'needs dialect: "kong"')
    if (value.headers?.length === 0 && (value.query?.length ?? 0) === 0)
      report([], 'needs a header or a query parameter')
  },
)
