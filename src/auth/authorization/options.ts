import { type Origin, origin } from '../../core/origin.js'
import { integer, list, object, oneOf, rule, type Schema, text } from '../../core/schema/index.js'
import { block, isBlock } from './addresses.js'
import { parseKey } from './condition-key.js'

/**
 * Who asks. At least one field; all must match; of a field's values, one. A value is exact, `prefix*`, `*suffix`, or
 * `*`: present and not empty (Istio's forms).
 */
export interface AuthorizationSource {
  /** Peers by certificate, without `spiffe://`: `cluster.local/ns/shop/sa/web`, or by its end from `*` on. */
  principals?: readonly string[] | undefined
  /** Matches all but these peers, callers without a certificate included. */
  notPrincipals?: readonly string[] | undefined
  /** Tokens by `iss/sub`. As in Istio a value is split at its last slash, so that no `sub` can pose as an issuer. */
  requestPrincipals?: readonly string[] | undefined
  /** Matches all but these tokens, calls without one included. */
  notRequestPrincipals?: readonly string[] | undefined
  /** The `ns` of the peer's SPIFFE ID. */
  namespaces?: readonly string[] | undefined
  /** Matches all but these namespaces. */
  notNamespaces?: readonly string[] | undefined
  /** Address of the connection's other end: addresses or CIDR blocks. */
  ipBlocks?: readonly string[] | undefined
  /** Matches all but these addresses and CIDR blocks. */
  notIpBlocks?: readonly string[] | undefined
  /** The client's address behind trusted proxies. */
  remoteIpBlocks?: readonly string[] | undefined
  /** Matches all but these client addresses and CIDR blocks. */
  notRemoteIpBlocks?: readonly string[] | undefined
}

/** What is asked. At least one field; all must match; of a field's values, one, in the same forms. */
export interface AuthorizationOperation {
  /** Case-sensitive. */
  methods?: readonly string[] | undefined
  /** Matches all but these methods. */
  notMethods?: readonly string[] | undefined
  /** Canonical path without query. `/admin/*` is a prefix and does not match `/admin`. */
  paths?: readonly string[] | undefined
  /** Matches all but these paths. */
  notPaths?: readonly string[] | undefined
  /** The Host header, port included, without case. */
  hosts?: readonly string[] | undefined
  /** Matches all but these hosts. */
  notHosts?: readonly string[] | undefined
  /** The port that the request arrived on. */
  ports?: readonly number[] | undefined
  /** Matches all but these ports. */
  notPorts?: readonly number[] | undefined
}

/** A further condition. */
export interface AuthorizationCondition {
  /**
   * `request.headers[x]`, `request.auth.claims[a][b]`, `request.auth.principal`, `request.auth.audiences`,
   * `request.auth.presenter`, `source.principal`, `source.namespace`, `source.ip`, `remote.ip` or `destination.port`.
   */
  key: string
  /** One of these must be there. This, `notValues` or both. */
  values?: readonly string[] | undefined
  /** None of these may be there. */
  notValues?: readonly string[] | undefined
}

/** Matches when one of `from`, one of `to` and all of `when` do; what is left out matches always. */
export interface AuthorizationRule {
  /** Who may ask. Default: anybody. */
  from?: readonly AuthorizationSource[] | undefined
  /** What may be asked. Default: anything. */
  to?: readonly AuthorizationOperation[] | undefined
  /** Further conditions. Default none. */
  when?: readonly AuthorizationCondition[] | undefined
}

/**
 * One policy. Deny policies are asked first, and one that matches ends it; then, if there are allow policies, one of
 * them must match (Istio's AuthorizationPolicy).
 */
export interface AuthorizationPolicy {
  /** What becomes of calls that a rule matches. */
  action: 'allow' | 'deny'
  /**
   * One that matches is enough. An allow policy without rules denies everything. A deny policy must have the list: `[]`
   * denies nothing.
   */
  rules?: readonly AuthorizationRule[] | undefined
  /** Named in refusals and by explain. Default: its place in the list. */
  name?: string | undefined
  /** Namespace of the manifest, for refusals. */
  namespace?: string | undefined
  /** `istio`: refusals have Istio's body. Default `native`: problem+json. */
  dialect?: 'native' | 'istio' | undefined
  /** Set by manifests. */
  origin?: Origin | undefined
}

const values: Schema<readonly string[]> = list(text, { min: 1 })
const ports: Schema<readonly number[]> = list(integer(1, 65_535), { min: 1 })
const path: Schema<string> = rule(text, (value, report) => {
  if (/[{}]/.test(value)) report([], 'has a path template, which is not supported')
})
const paths: Schema<readonly string[]> = list(path, { min: 1 })
const blocks: Schema<readonly string[]> = list(block, { min: 1 })

const condition: Schema<AuthorizationCondition> = rule(
  object<AuthorizationCondition>({ key: text, values, notValues: values }, ['key']),
  (value, report) => {
    const key = parseKey(value.key)
    if (key === undefined) report(['key'], `"${value.key}" is not a known condition`)
    if (value.values === undefined && value.notValues === undefined) report([], 'needs values or notValues')
    if (key?.kind === 'source-ip' || key?.kind === 'remote-ip')
      for (const name of ['values', 'notValues'] as const)
        for (const [i, one] of (value[name] ?? []).entries())
          if (!isBlock(one)) report([name, i], 'must be an IP address or a CIDR block')
  },
)

/** An entry in which nothing is set would match everything, and was hardly meant to: its values came out undefined. */
function notEmpty<T extends object>(schema: Schema<T>): Schema<T> {
  return rule(schema, (value, report) => {
    if (Object.values(value).every((one) => one === undefined))
      report([], 'must have at least one field: without any it would match everything')
  })
}

const source: Schema<AuthorizationSource> = notEmpty(
  object<AuthorizationSource>({
    principals: values,
    notPrincipals: values,
    requestPrincipals: values,
    notRequestPrincipals: values,
    namespaces: values,
    notNamespaces: values,
    ipBlocks: blocks,
    notIpBlocks: blocks,
    remoteIpBlocks: blocks,
    notRemoteIpBlocks: blocks,
  }),
)

const operation: Schema<AuthorizationOperation> = notEmpty(
  object<AuthorizationOperation>({
    methods: values,
    notMethods: values,
    paths,
    notPaths: paths,
    hosts: values,
    notHosts: values,
    ports,
    notPorts: ports,
  }),
)

/** Schema of `AuthorizationPolicy`. */
export const authorizationPolicy: Schema<AuthorizationPolicy> = rule(
  object<AuthorizationPolicy>(
    {
      action: oneOf('allow', 'deny'),
      rules: list(
        object<AuthorizationRule>({
          from: list(source, { min: 1 }),
          to: list(operation, { min: 1 }),
          when: list(condition),
        }),
      ),
      name: text,
      namespace: text,
      dialect: oneOf('native', 'istio'),
      origin,
    },
    ['action'],
  ),
  ({ action, rules }, report) => {
    if (action === 'deny' && rules === undefined)
      report(['rules'], 'is required with "deny": [] denies nothing, [{}] denies everything')
  },
)
