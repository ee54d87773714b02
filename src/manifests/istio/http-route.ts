import type { ServiceRoute } from '../../config/service.js'
import type { MirrorOptions, RewriteOptions } from '../../routing/action/options.js'
import type { RouteDestination } from '../../routing/index.js'
import type { CompileContext } from '../context.js'
import type { Place } from '../diagnostics.js'
import { originOf } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import type { Destination } from './destination.js'
import { inRuleOrder, noHeaders, toDestinationHeaders, toRouteHeaders } from './headers.js'
import type { HttpMatch } from './http-match.js'
import type { HttpRule } from './http-rule.js'
import { isPartialHost, warnPartialHost } from './partial-host.js'
import { toRedirectOptions } from './redirect.js'
import { toRetryOptions } from './retries.js'
import { isCatchAll, isForPort, toPrefixMatch, toRouteMatch } from './route-match.js'
import type { WeightedDestination } from './weighted-destination.js'

/** A subset that a route names, to be looked up once every DestinationRule is read. */
export interface SubsetUse {
  readonly service: ServiceDraft
  /** The service whose route names it. */
  readonly caller: ServiceDraft
  readonly subset: string
  readonly at: Place
}

/** A destination by its native names. */
interface Target {
  readonly service: string
  readonly subset: string | undefined
}

type Action = Omit<ServiceRoute, 'name' | 'match' | 'origin'>

/** The port of a host that nothing describes: Istio puts such hosts on port 80. */
const assumedPort = 80

/** Compiles rules for the calls to one port of one host. */
export class HttpRouteCompiler {
  readonly #context: CompileContext
  readonly #owner: ServiceDraft
  readonly #port: number
  /** Subsets that the routes name. */
  readonly uses: SubsetUse[] = []

  constructor(context: CompileContext, owner: ServiceDraft) {
    this.#context = context
    this.#owner = owner
    this.#port = owner.port?.port ?? assumedPort
  }

  /** The routes, down to the first that takes every call. */
  routes(rules: readonly HttpRule[]): readonly ServiceRoute[] {
    const routes: ServiceRoute[] = []
    for (const [i, rule] of rules.entries()) {
      const blocks = this.#blocks(rule)
      if (blocks === undefined) continue
      const last = blocks.findIndex(isCatchAll)
      const taken = last === -1 ? blocks : blocks.slice(0, last + 1)
      routes.push(...this.#rule(rule, taken))
      if (rule.match.length > 0 && last === -1) continue
      if (blocks[last]?.port === undefined) this.#warnShadowed(rules[i + 1])
      break
    }
    return routes
  }

  /** The blocks that are for this port; undefined when there are blocks, and none is. */
  #blocks({ match }: HttpRule): readonly HttpMatch[] | undefined {
    if (match.length === 0) return []
    const blocks = match.filter((block) => isForPort(block, this.#port))
    if (this.#owner.port === undefined)
      for (const { port, at } of match)
        if (port !== undefined && port !== assumedPort) {
          const message = `Nothing says which ports "${this.#owner.name}" has; it is taken for ${assumedPort}, as by Istio.`
          this.#context.report.warn(at, 'unknown-port', message)
        }
    return blocks.length === 0 ? undefined : blocks
  }

  #warnShadowed(rule: HttpRule | undefined): void {
    const message = 'This rule is never reached: an earlier one takes every call.'
    if (rule !== undefined) this.#context.report.warn(rule.at, 'shadowed', message)
  }

  /** One route for all blocks, or one each if they have names of their own. */
  #rule(rule: HttpRule, blocks: readonly HttpMatch[]): readonly ServiceRoute[] {
    const action = this.#action(rule)
    if (action === undefined) return []
    const named = rule.name === undefined ? {} : { name: rule.name }
    // To Envoy, a block that does not test the path asks for the prefix "/", and this is what a rewrite replaces.
    const matchOf = action.rewrite?.matched === undefined ? toRouteMatch : toPrefixMatch
    if (blocks.every(({ name }) => name === undefined)) {
      const all = blocks.length === 0 && matchOf === toPrefixMatch
      const match = all ? [{ path: { prefix: '/' } }] : blocks.map(matchOf)
      return [{ ...named, ...(match.length === 0 ? {} : { match }), ...action, origin: originOf(rule.at) }]
    }
    return blocks.map((block) => ({
      ...(block.name === undefined ? named : { name: `${rule.name ?? ''}.${block.name}` }),
      match: [matchOf(block)],
      ...action,
      origin: originOf(block.at),
    }))
  }

  /** What happens to calls that match; undefined when the rule leads nowhere. */
  #action(rule: HttpRule): Action | undefined {
    const { redirect, directResponse, fault, cors } = rule
    const common = { ...(fault === undefined ? {} : { fault }), ...(cors === undefined ? {} : { cors }) }
    if (redirect === undefined && directResponse === undefined) return this.#forward(rule, common)
    const headers = toRouteHeaders(rule.headers ?? noHeaders)
    const answer = redirect === undefined ? { directResponse } : { redirect: toRedirectOptions(redirect, this.#port) }
    return { ...answer, ...(headers === undefined ? {} : { headers }), ...common }
  }

  #forward(rule: HttpRule, common: Pick<Action, 'fault' | 'cors'>): Action | undefined {
    const { split, timeoutMs } = rule
    const [first] = split?.destinations ?? []
    if (split === undefined || first === undefined) return undefined
    const to = split.isWeighted ? this.#weighted(rule, split.destinations) : this.#single(rule, first)
    const rewrite = this.#rewrite(rule, split.isWeighted ? undefined : first)
    const mirrors = this.#mirrors(rule)
    const retry = toRetryOptions(rule.retries, timeoutMs, this.#context.report)
    return {
      ...to,
      ...(rewrite === undefined ? {} : { rewrite }),
      ...(mirrors.length === 0 ? {} : { mirrors }),
      ...common,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...(retry === undefined ? {} : { retry }),
    }
  }

  #single(rule: HttpRule, { destination, headers }: WeightedDestination): Pick<Action, 'to' | 'headers'> {
    const target = this.#target(destination)
    const [before, after] = inRuleOrder(rule.headers ?? noHeaders, headers)
    const first = toRouteHeaders(before)
    const then = toRouteHeaders(after)
    const plain = first === undefined || then === undefined
    const shared = plain ? (first ?? then) : then
    const route = shared === undefined ? {} : { headers: shared }
    if (!plain) return { to: [{ ...this.#destination(target), headers: first }], ...route }
    if (target.service !== this.#owner.name) return { to: [this.#destination(target)], ...route }
    return target.subset === undefined ? route : { to: target.subset, ...route }
  }

  #weighted(rule: HttpRule, destinations: readonly WeightedDestination[]): Pick<Action, 'to' | 'headers'> {
    const headers = toRouteHeaders(rule.headers ?? noHeaders)
    const to = destinations.map((one): RouteDestination => {
      const own = toDestinationHeaders(one.headers)
      const target = this.#destination(this.#target(one.destination))
      return { ...target, weight: one.weight, ...(own === undefined ? {} : { headers: own }) }
    })
    return { to, ...(headers === undefined ? {} : { headers }) }
  }

  /** The rule's own rewrite of the authority goes before that of its headers, and this before its single destination's. */
  #rewrite(rule: HttpRule, single: WeightedDestination | undefined): RewriteOptions | undefined {
    const authority = rule.rewrite?.authority ?? rule.headers?.authority ?? single?.headers.authority
    if (rule.rewrite === undefined && authority === undefined) return undefined
    return { ...rule.rewrite, ...(authority === undefined ? {} : { authority }) }
  }

  #mirrors({ mirror, mirrorShare = 100, mirrors = [] }: HttpRule): readonly MirrorOptions[] {
    const single = mirror === undefined ? [] : [{ destination: mirror, percentage: mirrorShare }]
    return [...single, ...mirrors]
      .filter(({ percentage }) => percentage > 0)
      .map(({ destination, percentage }) => ({ ...this.#destination(this.#target(destination)), percentage }))
  }

  #destination({ service, subset }: Target): Pick<RouteDestination, 'service' | 'subset'> {
    return {
      ...(service === this.#owner.name ? {} : { service }),
      ...(subset === undefined ? {} : { subset }),
    }
  }

  #target(destination: Destination): Target {
    const { host, namespace, subset, port, hostAt, subsetAt, portAt } = destination
    const { services, strict, report } = this.#context
    if (strict && isPartialHost(this.#context, host, namespace))
      // With the dot of an absolute name: without it, this is what a service of another namespace is called here.
      return this.#nowhere(`${host}.`, subset, hostAt, `"${host}" is a host outside, which nothing describes`)
    if (strict && !services.isKnown(host, namespace)) {
      const name = services.resolve(host, namespace).service
      return this.#nowhere(name, subset, hostAt, `Nothing describes "${name}"`)
    }
    warnPartialHost(this.#context, host, namespace, hostAt)
    const named = services.use(host, namespace, hostAt)
    const called = port ?? ((named.ports?.length ?? 0) <= 1 ? undefined : this.#port)
    const service = called === undefined ? named.main : named.port(called)
    if (service === undefined && strict)
      return this.#nowhere(
        `${named.main.name}:${called}`,
        subset,
        portAt,
        `"${named.main.name}" opens no port ${called}`,
      )
    const found = service ?? named.main
    if (service === undefined) {
      const message = `"${found.name}" opens no port ${called}; its first one is called. Istio would answer 503 NC.`
      report.warn(portAt, 'unknown-port', message)
    }
    if (subset !== undefined) this.uses.push({ service: found, caller: this.#owner, subset, at: subsetAt })
    return { service: found.name, subset }
  }

  /** A name that means nothing: Istio answers its calls with 503 NC. */
  #nowhere(service: string, subset: string | undefined, at: Place, why: string): Target {
    this.#context.report.warn(at, 'missing-service', `${why}: its calls are answered 503 NC, as by Istio.`)
    this.#owner.policy = { ...this.#owner.policy, allowUnknownDestinations: true }
    return { service, subset }
  }
}
