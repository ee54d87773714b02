import type { Labels } from '../../discovery/index.js'
import type { Place, Reporter } from '../diagnostics.js'
import type { Resource } from '../resource.js'
import type { TrafficPolicy } from './policy.js'
import { nearness, rootNamespace } from './visibility.js'

/** A subset as a rule defines it. */
export interface SubsetRule {
  readonly name: string
  readonly at: Place
  readonly labels: Labels
  readonly policy: TrafficPolicy | undefined
}

/** A DestinationRule that has been read. */
export interface DestinationRule {
  readonly resource: Resource
  /** In full; may begin with `*`. */
  readonly host: string
  readonly writtenHost: string
  readonly hostAt: Place
  readonly policy: TrafficPolicy | undefined
  readonly policyAt: Place
  readonly subsets: readonly SubsetRule[]
  readonly exportTo: readonly string[] | undefined
}

/** All rules of one namespace for one host, merged: the first policy, and every subset once. */
export interface MergedRule {
  readonly rules: readonly DestinationRule[]
  readonly policy: TrafficPolicy | undefined
  readonly subsets: readonly SubsetRule[]
}

/** Finds the rule for a host as Istio does: the caller's namespace, the service's, the root's; the closest host wins. */
export class DestinationRuleIndex {
  readonly #namespaces = new Map<string, Map<string, DestinationRule[]>>()
  /** Wildcard hosts by namespace, the longest first. */
  readonly #wildcards = new Map<string, readonly string[]>()
  readonly #merged = new Map<readonly DestinationRule[], MergedRule>()
  readonly #client: string
  readonly #report: Reporter

  /** Rules come oldest first. */
  constructor(rules: readonly DestinationRule[], client: string, report: Reporter) {
    this.#client = client
    this.#report = report
    for (const rule of rules) {
      const { namespace } = rule.resource
      if (nearness(rule.exportTo, namespace, client) === undefined) continue
      const hosts = this.#namespaces.get(namespace) ?? new Map<string, DestinationRule[]>()
      this.#namespaces.set(namespace, hosts)
      hosts.set(rule.host, [...(hosts.get(rule.host) ?? []), rule])
    }
    for (const [namespace, hosts] of this.#namespaces) {
      const wildcards = [...hosts.keys()].filter((host) => host.startsWith('*'))
      this.#wildcards.set(
        namespace,
        wildcards.toSorted((a, b) => b.length - a.length),
      )
    }
  }

  /** The rule for a host in full that lives in a namespace; `anywhere` looks into all namespaces at last. */
  find(host: string, namespace: string, anywhere: boolean): MergedRule | undefined {
    // In the root namespace the rules for everybody must not hide those of the service.
    const own = this.#client === rootNamespace ? [] : [this.#client]
    const others = anywhere ? this.#namespaces.keys() : []
    for (const one of new Set([...own, namespace, rootNamespace, ...others])) {
      const rules = this.#closest(one, host)
      if (rules !== undefined) return this.#merge(rules)
    }
    return undefined
  }

  #closest(namespace: string, host: string): readonly DestinationRule[] | undefined {
    const hosts = this.#namespaces.get(namespace)
    if (hosts === undefined) return undefined
    const exact = hosts.get(host)
    if (exact !== undefined) return exact
    const longest = this.#wildcards.get(namespace)?.find((one) => host.endsWith(one.slice(1)))
    return longest === undefined ? undefined : hosts.get(longest)
  }

  #merge(rules: readonly DestinationRule[]): MergedRule {
    const known = this.#merged.get(rules)
    if (known !== undefined) return known
    const owner = rules.find((rule) => rule.policy !== undefined)
    const subsets = new Map<string, SubsetRule>()
    for (const rule of rules) {
      if (rule.policy !== undefined && owner !== undefined && rule !== owner) {
        const { name, at } = owner.resource
        this.#report.warn(rule.policyAt, 'shadowed', `"${name}" (${at.file}:${at.line}) has one already.`)
      }
      for (const subset of rule.subsets)
        if (!subsets.has(subset.name)) subsets.set(subset.name, subset)
        else this.#report.warn(subset.at, 'shadowed', `"${subset.name}" is defined already: this one is ignored.`)
    }
    const merged = { rules, policy: owner?.policy, subsets: [...subsets.values()] }
    this.#merged.set(rules, merged)
    return merged
  }
}
