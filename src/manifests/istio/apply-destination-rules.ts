import { isIdentityPattern } from '../../identity/identity-pattern.js'
import type { CompileContext } from '../context.js'
import { originOf } from '../resource.js'
import type { HostDraft, ServiceDraft } from '../services.js'
import { useIstioDefaults } from './defaults.js'
import { readDestinationRules } from './destination-rule.js'
import {
  type DestinationRule,
  DestinationRuleIndex,
  type MergedRule,
  type SubsetRule,
} from './destination-rule-index.js'
import { nativePolicy, policyOrigins, subsetDifference } from './native-policy.js'
import { warnIfNeverEjects } from './outlier-detection.js'
import { effectiveBlocks, type PolicyBlocks } from './policy.js'
import { RetryBudgets } from './retry-budgets.js'

/** Gives every service, port by port, the policies and subsets of the DestinationRule that holds for its host. */
export function compileDestinationRules(context: CompileContext): void {
  const rules = readDestinationRules(context)
  for (const rule of rules) makeKnown(context, rule)
  const index = new DestinationRuleIndex(rules, context.namespace, context.report)
  const budgets = new RetryBudgets()
  const used = new Set<DestinationRule>()
  for (const host of context.services.hosts()) {
    const merged = index.find(host.host.qualified, host.namespace, host.ports === undefined)
    for (const rule of merged?.rules ?? []) used.add(rule)
    if (merged !== undefined) checkPorts(context, host, merged)
    for (const draft of host.drafts()) apply(context, draft, merged, budgets)
    checkServers(context, host)
  }
  for (const rule of rules) if (!used.has(rule)) reportUnused(context, rule)
  budgets.apply(context.services)
}

/** A host that only a rule speaks of becomes a service, unless nothing can be known of it. */
function makeKnown(context: CompileContext, { writtenHost, resource, hostAt }: DestinationRule): void {
  if (writtenHost.startsWith('*')) return
  const isKnown = context.services.isKnown(writtenHost, resource.namespace)
  if (!context.strict || isKnown) context.services.use(writtenHost, resource.namespace, hostAt)
}

function reportUnused({ report, namespace }: CompileContext, rule: DestinationRule): void {
  const message = rule.host.startsWith('*')
    ? `No host of these manifests is meant by "${rule.writtenHost}".`
    : `It does not hold for "${rule.writtenHost}" as called from "${namespace}": it is not exported, another rule comes first, or nothing describes the host.`
  report.warn(rule.hostAt, 'shadowed', message)
}

/** Names of servers mean nothing without TLS, and with mutual TLS they are identities. */
function checkServers({ report }: CompileContext, host: HostDraft): void {
  if (host.servers === undefined) return
  const { names, at } = host.servers
  const all = host
    .drafts()
    .flatMap(({ policy, subsetPolicies }) => [policy.tls, ...[...subsetPolicies.values()].map((one) => one.tls)])
  const modes = all.map((tls) => (typeof tls === 'object' ? tls.mode : tls))
  if (modes.every((mode) => mode === undefined || mode === 'disable'))
    report.warn(at, 'unsupported-field', 'No DestinationRule asks for TLS, so nobody is asked who they are.')
  const odd = modes.includes('mutual') ? names.find((name) => !isIdentityPattern(name)) : undefined
  if (odd !== undefined) report.error(at, 'unsupported-field', `Peers of mutual TLS are SPIFFE IDs here, not "${odd}".`)
}

/** Settings of a port that is not there have no effect; TLS that is asked for must not be left out unseen. */
function checkPorts({ report }: CompileContext, host: HostDraft, { policy, subsets }: MergedRule): void {
  for (const one of [policy, ...subsets.map((subset) => subset.policy)])
    for (const { port, at, tls } of one?.ports ?? []) {
      if (host.ports?.some((open) => open.port === port) === true) continue
      const message =
        host.ports === undefined
          ? `The ports of "${host.host.service}" are not known: give its Service or ServiceEntry.`
          : `"${host.host.service}" opens no port ${port}: the settings have no effect.`
      if (tls !== undefined && host.ports === undefined) report.error(at, 'unknown-port', message)
      else report.warn(at, 'unknown-port', message)
    }
}

function apply(
  context: CompileContext,
  draft: ServiceDraft,
  rule: MergedRule | undefined,
  budgets: RetryBudgets,
): void {
  const blocks = effectiveBlocks({}, rule?.policy, draft.port?.port)
  const policy = nativePolicy(blocks, draft)
  draft.policy = { ...draft.policy, ...policy }
  warnIfPlain(context, draft, blocks)
  if (rule === undefined) return
  pass(context, draft, blocks)
  const [first] = rule.rules
  if (first !== undefined) draft.addOrigins({ destinationRule: originOf(first.resource.at) })
  draft.addOrigins(policyOrigins(blocks, policy))
  useIstioDefaults(draft)
  budgets.add(draft, undefined, blocks.retryBudget)
  warnNever(context, draft, undefined, blocks)
  for (const subset of rule.subsets) applySubset(context, draft, subset, blocks, budgets)
}

/** Istio's mutual TLS without a rule is not done here: it depends on what other workloads are. */
function warnIfPlain({ report }: CompileContext, { owner, port }: ServiceDraft, { tls }: PolicyBlocks): void {
  if (owner.autoTlsAt === undefined || tls !== undefined || port?.scheme === 'https') return
  const message =
    'Without a DestinationRule Istio would call it by mutual TLS, here it is plain text: write one with the mode ISTIO_MUTUAL.'
  report.warn(owner.autoTlsAt, 'unsupported-field', message)
}

function applySubset(
  context: CompileContext,
  draft: ServiceDraft,
  subset: SubsetRule,
  base: PolicyBlocks,
  budgets: RetryBudgets,
): void {
  const { name, labels, at } = subset
  const blocks = effectiveBlocks(base, subset.policy, draft.port?.port)
  const own = nativePolicy(blocks, draft)
  const difference = subsetDifference(nativePolicy(base, draft), own, draft)
  draft.subsets.set(name, labels)
  draft.subsetPolicies.set(name, difference)
  draft.addOrigins({ [`subset ${name}`]: originOf(at), ...policyOrigins(blocks, difference, `subset ${name} `) })
  budgets.add(draft, name, blocks.retryBudget)
  if (blocks.outlierDetection !== base.outlierDetection) warnNever(context, draft, subset, blocks)
  if (blocks.loadBalancer?.passthrough === true && base.loadBalancer?.passthrough !== true)
    context.report.warn(
      blocks.loadBalancer.at,
      'unsupported-field',
      'A part of a service has no original destination: its endpoints are called.',
    )
  warnIfEmpty(context, draft, subset)
}

/** Envoy answers the calls of a subset without endpoints 503 UH. */
function warnIfEmpty({ report }: CompileContext, draft: ServiceDraft, { name, labels, at }: SubsetRule): void {
  const { endpoints } = draft
  if (endpoints.length === 0 || endpoints.some((one) => hasLabels(one.labels ?? {}, labels))) return
  const unlabelled = endpoints.every((one) => one.labels === undefined)
  const why = unlabelled ? ' The labels of its endpoints are not known: give them in "endpoints".' : ''
  report.warn(
    at,
    'empty-subset',
    `No endpoint of "${draft.host.service}" belongs to the subset "${name}": 503 UH.${why}`,
  )
}

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value)
}

function warnNever(
  { report }: CompileContext,
  draft: ServiceDraft,
  subset: SubsetRule | undefined,
  { outlierDetection }: PolicyBlocks,
): void {
  if (outlierDetection === undefined) return
  const { endpoints } = draft
  const count =
    subset === undefined
      ? endpoints.length
      : endpoints.filter((one) => hasLabels(one.labels ?? {}, subset.labels)).length
  const { service } = draft.host
  const name = subset === undefined ? service : `${service} ${subset.name}`
  warnIfNeverEjects(outlierDetection, name, count, report)
}

/** `PASSTHROUGH`: calls go to the very address that they name. */
function pass({ report }: CompileContext, draft: ServiceDraft, { loadBalancer }: PolicyBlocks): void {
  if (loadBalancer?.passthrough !== true) return
  if (draft.owner.given.length > 0)
    report.warn(loadBalancer.at, 'unsupported-field', 'Endpoints are given, and those are called: least-request.')
  draft.found = []
  draft.policy = { ...draft.policy, discovery: { kind: 'original' } }
}
