import type {
  HashPolicy,
  RouteMatch,
  RouteOptions,
  ServiceConfig,
  ServiceRoute,
  StringMatch,
} from '../../../src/index.js'
import { destinationsOf } from '../../../src/routing/index.js'

/** JSON of Envoy's API. */
export type Json = { readonly [key: string]: unknown }

/** Name of a cluster in Envoy. */
export function clusterName(service: string, subset: string | undefined): string {
  return subset === undefined ? service : `${service}|${subset}`
}

function stringMatch(match: StringMatch): Json {
  if (typeof match === 'string') return { exact: match }
  const ignore_case = match.ignoreCase === true
  if (match.exact !== undefined) return { exact: match.exact, ignore_case }
  if (match.prefix !== undefined) return { prefix: match.prefix, ignore_case }
  if (match.suffix !== undefined) return { suffix: match.suffix, ignore_case }
  return { safe_regex: { regex: match.regex } }
}

function headerMatch(name: string, match: StringMatch): Json {
  if (typeof match === 'object' && match.present !== undefined)
    return { name, present_match: true, invert_match: !match.present }
  const inverted = typeof match === 'object' && match.not === true
  return {
    name,
    string_match: stringMatch(match),
    ...(inverted ? { invert_match: true, treat_missing_header_as_empty: true } : {}),
  }
}

function pathMatch(path: RouteMatch['path']): Json {
  if (path === undefined) return { prefix: '/' }
  if (typeof path === 'string') return { path }
  if ('pathPrefix' in path)
    return path.pathPrefix === '/' ? { prefix: '/' } : { path_separated_prefix: path.pathPrefix.replace(/\/$/, '') }
  const case_sensitive = path.ignoreCase !== true
  if (path.exact !== undefined) return { path: path.exact, case_sensitive }
  if (path.prefix !== undefined) return { prefix: path.prefix, case_sensitive }
  return { safe_regex: { regex: path.regex } }
}

function routeMatch(match: RouteMatch): Json {
  const headers = [
    ...(match.method === undefined ? [] : [headerMatch(':method', match.method)]),
    ...(match.authority === undefined ? [] : [headerMatch(':authority', match.authority)]),
    ...Object.entries(match.headers ?? {}).map(([name, test]) => headerMatch(name, test)),
  ]
  const query_parameters = Object.entries(match.query ?? {}).map(([name, test]) =>
    typeof test === 'object' && test.present !== undefined
      ? { name, present_match: test.present }
      : { name, string_match: stringMatch(test) },
  )
  return { ...pathMatch(match.path), headers, query_parameters }
}

function headerOperations(headers: RouteOptions['headers']): Json {
  const side = (operations: NonNullable<RouteOptions['headers']>['request']): unknown[] => [
    ...Object.entries(operations?.set ?? {}).map(([key, value]) => ({
      header: { key, value },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    })),
    ...Object.entries(operations?.add ?? {}).map(([key, value]) => ({
      header: { key, value },
      append_action: 'APPEND_IF_EXISTS_OR_ADD',
    })),
  ]
  return {
    request_headers_to_add: side(headers?.request),
    request_headers_to_remove: headers?.request?.remove ?? [],
    response_headers_to_add: side(headers?.response),
    response_headers_to_remove: headers?.response?.remove ?? [],
  }
}

function hashPolicy(policy: HashPolicy): Json {
  const terminal = policy.terminal === true
  if ('header' in policy) {
    const { header, rewrite } = policy
    const regex_rewrite =
      rewrite === undefined ? undefined : { pattern: { regex: rewrite.pattern }, substitution: rewrite.substitution }
    return { header: { header_name: header, regex_rewrite }, terminal }
  }
  if ('cookie' in policy) return { cookie: { name: policy.cookie }, terminal }
  if ('query' in policy) return { query_parameter: { name: policy.query }, terminal }
  return { connection_properties: { source_ip: true }, terminal }
}

const redirectCodes: Readonly<Record<number, string>> = {
  301: 'MOVED_PERMANENTLY',
  302: 'FOUND',
  303: 'SEE_OTHER',
  307: 'TEMPORARY_REDIRECT',
  308: 'PERMANENT_REDIRECT',
}

/** Envoy replaces the characters of the prefix `/`, so its slash has to be in the replacement. */
function prefixRewrite({ matched, pathPrefix }: NonNullable<ServiceRoute['rewrite']>, match: RouteMatch): Json[string] {
  const whole = typeof match.path === 'object' && 'pathPrefix' in match.path && match.path.pathPrefix === '/'
  return pathPrefix === undefined || !whole ? (matched ?? pathPrefix) : `${pathPrefix}/`
}

function rewriteOf({ rewrite }: ServiceRoute, match: RouteMatch): Json {
  if (rewrite === undefined) return {}
  return {
    prefix_rewrite: prefixRewrite(rewrite, match),
    regex_rewrite:
      rewrite.regex === undefined
        ? undefined
        : { pattern: { regex: rewrite.regex.pattern }, substitution: rewrite.regex.substitution },
    host_rewrite_literal: rewrite.authority,
  }
}

function action(route: ServiceRoute, match: RouteMatch, name: string, config: ServiceConfig): Json {
  if (route.redirect !== undefined) {
    const { path, authority, scheme, port, status = 301 } = route.redirect
    return {
      redirect: {
        path_redirect: path,
        host_redirect: authority,
        scheme_redirect: scheme,
        port_redirect: port,
        response_code: redirectCodes[status],
      },
    }
  }
  if (route.directResponse !== undefined) {
    const { status, body } = route.directResponse
    return { direct_response: { status, body: body === undefined ? undefined : { inline_string: body } } }
  }
  const targets = destinationsOf(route.to, name)
  const hash = route.hash ?? (typeof config.loadBalancer === 'object' ? config.loadBalancer.hash : undefined)
  return {
    route: {
      weighted_clusters: {
        header_name: 'x-random',
        clusters: targets.map(({ service, subset, weight, headers }) => ({
          name: clusterName(service, subset),
          weight: targets.length === 1 ? 100 : weight,
          ...headerOperations(headers),
        })),
      },
      ...rewriteOf(route, match),
      timeout: '0s',
      hash_policy: hash?.map(hashPolicy),
    },
  }
}

function filters({ fault, cors }: ServiceRoute): Json {
  const abort = fault?.abort
  return {
    ...(abort === undefined
      ? {}
      : {
          'envoy.filters.http.fault': {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
            abort: { http_status: abort.status, percentage: { numerator: abort.percentage, denominator: 'HUNDRED' } },
          },
        }),
    ...(cors === undefined
      ? {}
      : {
          'envoy.filters.http.cors': {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy',
            allow_origin_string_match: cors.allowOrigins?.map(stringMatch),
            allow_methods: cors.allowMethods?.join(','),
            allow_headers: cors.allowHeaders?.join(','),
            expose_headers: cors.exposeHeaders?.join(','),
            max_age: cors.maxAge === undefined ? undefined : '3600',
            allow_credentials: cors.allowCredentials,
          },
        }),
  }
}

/** The routes of Envoy that a native route stands for: one for each alternative. */
export function envoyRoutes(route: ServiceRoute, name: string, config: ServiceConfig): Json[] {
  return (route.match ?? [{}]).map((match) => ({
    name: route.name,
    match: routeMatch(match),
    ...action(route, match, name, config),
    ...headerOperations(route.headers),
    typed_per_filter_config: filters(route),
  }))
}
