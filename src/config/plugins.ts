import { type ApiKeyOptions, apiKeyOptions } from '../auth/api-key/options.js'
import { type AuthorizationPolicy, authorizationPolicy } from '../auth/authorization/options.js'
import { type JwtOptions, jwtOptions } from '../auth/jwt/options.js'
import { type Origin, origin } from '../core/origin.js'
import { instance, list, object, oneOf, problemsOf, rule, type Schema, text } from '../core/schema/index.js'
import { type CorsOptions, corsOptions } from '../edge/cors/options.js'
import { type RateLimitOptions, rateLimitOptions } from '../rate-limit/options.js'

/** The options of every plugin, by the plugin's name (Kong's names). */
export interface PluginConfigs {
  /** Which pages of other origins may call. */
  cors: CorsOptions
  /** Demands a token. */
  jwt: JwtOptions
  /** Demands an API key. */
  'key-auth': ApiKeyOptions
  /** Who may do what; of our own, Kong has none. */
  authorization: readonly AuthorizationPolicy[]
  /** How many calls a client may make. */
  'rate-limiting': RateLimitOptions
}

/** Name of a plugin. */
export type PluginName = keyof PluginConfigs

/** A policy on one gateway route. */
export type PluginOptions = {
  [Name in PluginName]: {
    /** Which plugin. */
    name: Name
    /** The policy's own options. Default: its defaults. */
    config?: PluginConfigs[Name] | undefined
    /** Where its counters are kept: routes whose plugins name one place share them. Default: with the route. */
    place?: string | undefined
    /** Set by manifests. */
    origin?: Origin | undefined
  }
}[PluginName]

/** Plugins in the order in which they run, outermost first: Kong's priorities 2000, 1450, 1250, 950, 910. */
export const pluginOrder: readonly PluginName[] = ['cors', 'jwt', 'key-auth', 'authorization', 'rate-limiting']

const schemas: { readonly [Name in PluginName]: Schema<PluginConfigs[Name]> } = {
  cors: corsOptions,
  jwt: jwtOptions,
  'key-auth': apiKeyOptions,
  authorization: list(authorizationPolicy),
  'rate-limiting': rateLimitOptions,
}

interface AnyPlugin {
  name: PluginName
  config?: object | undefined
  place?: string | undefined
  origin?: Origin | undefined
}

const anyPlugin: Schema<AnyPlugin> = object<AnyPlugin>(
  {
    name: oneOf(...pluginOrder),
    config: instance<object>('an object', (value) => typeof value === 'object' && value !== null),
    place: text,
    origin,
  },
  ['name'],
)

/** Schema of `PluginOptions`: the config is judged by the plugin that is named. */
export const pluginOptions: Schema<PluginOptions> = rule(anyPlugin, (plugin, report) => {
  for (const { path, message } of problemsOf(schemas[plugin.name], plugin.config ?? {}))
    report(['config', ...path.split(/[.[\]]+/).filter((part) => part !== '')], message)
  // Name and config have just been found to belong together.
}) as Schema<PluginOptions>
