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

/** Rules of one namespace for one host, merged: the first policy, and every subset once. */
export interface MergedRule {
  readonly rules: readonly DestinationRule[]
  readonly policy: TrafficPolicy | undefined
  readonly subsets: readonly SubsetRule[]
}

/** Rules for one host that belong together. */
interface Group {
  /** As the first of them says. */
  readonly exportTo: readonly string[]
  readonly rules: DestinationRule[]
}

/** Whether one list names all that another does; lists name nothing twice. */
function covers(wide: readonly string[], narrow: readonly string[]): boolean {
  return narrow.every((one) => wide.includes(one))
}

/**
 * Rules belong together that are exported to the same namespaces, as they write them; one that is exported to more joins
 * those before it that name some of its namespaces (Istio from 1.24 on).
 */
function join(groups: Group[], rule: DestinationRule): void {
  const { exportTo = [] } = rule
  let alone = true
  for (const group of groups) {
    const same = group.exportTo.length === exportTo.length
    alone = !covers(exportTo, group.exportTo) || (group.exportTo.length === 0 && !same)
    if (!alone) group.rules.push(rule)
  }
  if (alone) groups.push({ exportTo, rules: [rule] })
}

/** Finds the rule for a host as Istio does: the caller's namespace, the service's, the root's; the closest host wins. */
export class DestinationRuleIndex {
  readonly #namespaces = new Map<string, Map<string, Group[]>>()
  /** Wildcard hosts by namespace, the longest first. */
  readonly #wildcards = new Map<string, readonly string[]>()
  readonly #merged = new Map<Group, MergedRule>()
  readonly #client: string
  readonly #report: Reporter

  /** Rules come oldest first. */
  constructor(rules: readonly DestinationRule[], client: string, report: Reporter) {
    this.#client = client
    this.#report = report
    for (const rule of rules) {
      const { namespace } = rule.resource
      // A namespace has its own view of its rules; the others have one together.
      if (namespace === client ? !this.#sees(rule.exportTo, namespace) : isPrivate(rule)) continue
      const hosts = this.#namespaces.get(namespace) ?? new Map<string, Group[]>()
      this.#namespaces.set(namespace, hosts)
      const groups = hosts.get(rule.host) ?? []
      hosts.set(rule.host, groups)
      join(groups, rule)
    }
    for (const [namespace, hosts] of this.#namespaces) {
      const wildcards = [...hosts.keys()].filter((host) => host.startsWith('*'))
      this.#wildcards.set(
        namespace,
        wildcards.toSorted((a, b) => b.length - a.length),
      )
    }
  }

  #sees(exportTo: readonly string[] | undefined, namespace: string): boolean {
    return nearness(exportTo, namespace, this.#client) !== undefined
  }

  /** The rule for a host in full that lives in a namespace; `anywhere` looks into all namespaces at last. */
  find(host: string, namespace: string, anywhere: boolean): MergedRule | undefined {
    // In the root namespace the rules for everybody must not hide those of the service.
    const own = this.#client === rootNamespace ? [] : [this.#client]
    const others = anywhere ? this.#namespaces.keys() : []
    for (const one of new Set([...own, namespace, rootNamespace, ...others])) {
      const groups = this.#closest(one, host)
      // Of groups that are all exported to the client the last one counts.
      const group = groups?.findLast(({ exportTo }) => exportTo.length === 0 || this.#sees(exportTo, one))
      if (group !== undefined) return this.#merge(group)
    }
    return undefined
  }

  #closest(namespace: string, host: string): readonly Group[] | undefined {
    const hosts = this.#namespaces.get(namespace)
    if (hosts === undefined) return undefined
    const exact = hosts.get(host)
    if (exact !== undefined) return exact
    const longest = this.#wildcards.get(namespace)?.find((one) => host.endsWith(one.slice(1)))
    return longest === undefined ? undefined : hosts.get(longest)
  }

  #merge(group: Group): MergedRule {
    const known = this.#merged.get(group)
    if (known !== undefined) return known
    const { rules } = group
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
    this.#merged.set(group, merged)
    return merged
  }
}

/** Whether nobody outside of its namespace can see a rule. */
function isPrivate({ exportTo, resource }: DestinationRule): boolean {
  return exportTo?.length === 1 && (exportTo[0] === '.' || exportTo[0] === resource.namespace)
}
