import { type ConsumerOptions, consumerOptions } from '../auth/consumer-options.js'
import { type Origin, origin } from '../core/origin.js'
import {
  either,
  flag,
  integer,
  list,
  method,
  object,
  oneOf,
  pattern,
  record,
  rule,
  type Schema,
  stringMatch,
  text,
} from '../core/schema/index.js'
import type { StringMatch } from '../core/string-match.js'
import type { Scheme } from '../core/url.js'
import { gatewayHost } from './gateway-host.js'
import { type PluginOptions, pluginOptions } from './plugins.js'

/**
 * A path that a gateway route takes. A string is a prefix by whole segments: `/api` takes `/api` and `/api/x`, not
 * `/apix`.
 */
export type GatewayPath =
  | string
  | {
      /** The whole path. */
      exact: string
    }
  | {
      /** A plain string prefix, as Kong's: `/api` takes `/apix` too. */
      prefix: string
    }
  | {
      /** RE2, anchored at the start only, as Kong's. */
      regex: string
    }

/** A north-south route: which requests go to which service, through which plugins. */
export interface GatewayRouteOptions {
  /**
   * Name for logs and metrics, and of the counters of its limits: routes that are given one name share them. Default: made
   * of host and path, with counters of its own.
   */
  name?: string | undefined
  /** Exact hosts, without a port, or with one leading `*.`. Default: any host. */
  hosts?: readonly string[] | undefined
  /** Default: any path. */
  paths?: readonly GatewayPath[] | undefined
  /** Default: any method. */
  methods?: readonly string[] | undefined
  /** `https` takes what came over TLS, here or at a trusted proxy in front. Default: any. */
  schemes?: readonly Scheme[] | undefined
  /**
   * Ports of this machine that requests come to. A port that no route names gets the routes of all of them. Default: any.
   */
  ports?: readonly number[] | undefined
  /** All must match. */
  headers?: Readonly<Record<string, StringMatch>> | undefined
  /** The mesh service behind it. */
  service: string
  /** Remove what the path has matched before forwarding: the prefix, or what the regular expression takes. Default false. */
  stripPath?: boolean | undefined
  /** Forward the client's Host header. Default false: the service's name. */
  preserveHost?: boolean | undefined
  /** Policies for this route alone, run in their standard order. */
  plugins?: readonly PluginOptions[] | undefined
  /**
   * Whose manners to follow in error bodies and matching order. Routes of `kong` come before others of their host, and among
   * themselves as in Kong's router: more kinds of conditions (host, headers, path, methods) first. Default `native`.
   */
  dialect?: 'native' | 'kong' | undefined
  /** Set by manifests. */
  origin?: Origin | undefined
}

/** What the mesh's gateway does. */
export interface GatewayOptions {
  /** In no order: the most specific route that matches takes the request. */
  routes?: readonly GatewayRouteOptions[] | undefined
  /** Known clients and their credentials. */
  consumers?: readonly ConsumerOptions[] | undefined
}

const slashed: Schema<string> = rule(text, (value, report) => {
  if (!value.startsWith('/')) report([], 'must begin with "/"')
})

const gatewayPath: Schema<GatewayPath> = either(
  slashed,
  rule(
    object<{ exact?: string; prefix?: string; regex?: string }>({ exact: slashed, prefix: slashed, regex: pattern }),
    (value, report) => {
      if (Object.keys(value).length !== 1) report([], 'needs exactly one of exact, prefix, regex')
    },
  ) as Schema<Exclude<GatewayPath, string>>,
)

/** Schema of `GatewayRouteOptions`. */
const gatewayRouteOptions: Schema<GatewayRouteOptions> = object<GatewayRouteOptions>(
  {
    name: text,
    hosts: list(gatewayHost, { min: 1 }),
    paths: list(gatewayPath, { min: 1 }),
    methods: list(method, { min: 1 }),
    schemes: list(oneOf('http', 'https'), { min: 1 }),
    ports: list(integer(1, 65_535), { min: 1 }),
    headers: record(stringMatch),
    service: text,
    stripPath: flag,
    preserveHost: flag,
    plugins: list(pluginOptions),
    dialect: oneOf('native', 'kong'),
    origin,
  },
  ['service'],
)

/** Schema of `GatewayOptions`. */
export const gatewayOptions: Schema<GatewayOptions> = object<GatewayOptions>({
  routes: list(gatewayRouteOptions),
  consumers: list(consumerOptions),
})
