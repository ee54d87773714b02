import { type CompileContext, resourcesOf } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { oldestFirst, type Resource, rootFields } from '../resource.js'
import type { DestinationRule, SubsetRule } from './destination-rule-index.js'
import { readLabels } from './labels.js'
import { isDnsLabel, isWildcardDomain } from './names.js'
import { isPartialHost, warnPartialHost } from './partial-host.js'
import { readTrafficPolicy } from './traffic-policy.js'
import { readExportTo } from './visibility.js'

const spec: Vocabulary = { known: ['host', 'trafficPolicy', 'subsets', 'workloadSelector', 'exportTo'] }
const subset: Vocabulary = { known: ['name', 'labels', 'trafficPolicy'] }

/** Reads every DestinationRule, the oldest first, and refuses what Istio refuses. */
export function readDestinationRules(context: CompileContext): readonly DestinationRule[] {
  const rules: DestinationRule[] = []
  for (const resource of oldestFirst(resourcesOf(context, 'networking.istio.io', 'DestinationRule'))) {
    const fields = rootFields(resource, context.report, { known: ['spec'] }).fields('spec', spec)
    if (fields === undefined) context.report.error(resource.at, 'missing-field', '"spec" is required.')
    const rule = fields === undefined ? undefined : readOne(context, resource, fields)
    if (rule !== undefined) rules.push(rule)
  }
  return rules
}

function readOne(context: CompileContext, resource: Resource, fields: Fields): DestinationRule | undefined {
  const host = readHost(fields)
  const exportTo = readExportTo(fields, resource.namespace)
  const policy = readTrafficPolicy(fields, context)
  const subsets = readSubsets(context, fields)
  if (host === undefined) return undefined
  if (fields.has('workloadSelector')) {
    const selector = fields.fields('workloadSelector', { known: ['matchLabels'] })
    selector?.textMap('matchLabels')
    if (exportTo?.some((one) => one !== '.' && one !== resource.namespace))
      fields.error('exportTo', 'invalid-value', 'A rule for some workloads is for its own namespace: ["."] alone.')
    const all = [
      policy,
      ...(policy?.ports ?? []),
      ...subsets.flatMap((one) => [one.policy, ...(one.policy?.ports ?? [])]),
    ]
    const severity = all.some((one) => one?.tls !== undefined) ? 'error' : 'warning'
    const message =
      'The rule is left out: it is for some workloads only, and labels are not known when manifests are read.'
    context.report.report(severity, fields.place('workloadSelector'), 'unsupported-field', message)
    return undefined
  }
  const hostAt = fields.place('host')
  warnPartialHost(context, host, resource.namespace, hostAt)
  const asWritten = context.strict && isPartialHost(context, host, resource.namespace)
  return {
    resource,
    host: asWritten ? host.toLowerCase() : context.services.resolve(host, resource.namespace).qualified,
    writtenHost: host,
    hostAt,
    policy,
    policyAt: fields.place('trafficPolicy'),
    subsets,
    exportTo,
  }
}

function readHost(fields: Fields): string | undefined {
  const host = fields.requiredText('host')
  if (host === undefined || isWildcardDomain(host)) return host
  fields.error('host', 'invalid-value', `"${host}" is no host name, nor "*.example.com".`)
  return undefined
}

function readSubsets(context: CompileContext, rule: Fields): readonly SubsetRule[] {
  const subsets: SubsetRule[] = []
  for (const fields of rule.each('subsets', subset)) {
    const name = fields.requiredText('name')
    const labels = readLabels(fields, 'labels')
    const policy = readTrafficPolicy(fields, context)
    if (name === undefined) continue
    const at = fields.place('name')
    if (!isDnsLabel(name))
      fields.error('name', 'invalid-value', 'must be letters, digits and dashes, as a label of a host name.')
    else if (subsets.some((one) => one.name === name))
      fields.error('name', 'invalid-value', `Another subset of the rule is named "${name}" already.`)
    else subsets.push({ name, at, labels, policy })
  }
  return subsets
}
