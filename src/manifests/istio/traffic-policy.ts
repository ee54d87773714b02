import { isIP } from 'node:net'
import type { CompileContext } from '../context.js'
import type { Fields, Unsupported, Vocabulary } from '../fields.js'
import { compileConnectionPool } from './connection-pool.js'
import { compileLoadBalancer } from './load-balancer.js'
import { isDomain } from './names.js'
import { compileOutlierDetection } from './outlier-detection.js'
import type { PolicyBlocks, PortPolicy, RetryBudgetBlock, TrafficPolicy } from './policy.js'
import { compileTls } from './tls.js'

function ignored(what: string): Unsupported {
  return { severity: 'warning', message: `${what} not done yet: the field is ignored.` }
}

const blocks = ['loadBalancer', 'connectionPool', 'outlierDetection', 'tls']

const vocabulary: Vocabulary = {
  known: [...blocks, 'portLevelSettings', 'retryBudget'],
  unsupported: { tunnel: ignored('Tunnels are'), proxyProtocol: ignored('The PROXY protocol is') },
}

const portVocabulary: Vocabulary = { known: [...blocks, 'port'] }

const budget: Vocabulary = {
  known: ['percent', 'minRetryConcurrency'],
  unsupported: { budgetInterval: ignored('An interval of the budget is') },
}

function compileBlocks(fields: Fields, context: CompileContext): Omit<PolicyBlocks, 'retryBudget'> {
  const loadBalancer = compileLoadBalancer(fields, context.strict)
  const outlierDetection = compileOutlierDetection(fields)
  const locality = loadBalancer?.locality
  if (outlierDetection === undefined && locality !== undefined && locality !== 'off') {
    const inert = locality.failover !== undefined || locality.failoverPriority !== undefined
    const message = 'Without outlierDetection nothing ever fails over: it has no effect.'
    if (inert) fields.warn('loadBalancer', 'shadowed', message)
  }
  return {
    loadBalancer,
    connectionPool: compileConnectionPool(fields),
    outlierDetection,
    tls: compileTls(fields, context.strict),
  }
}

function compileRetryBudget(policy: Fields): RetryBudgetBlock | undefined {
  const fields = policy.fields('retryBudget', budget)
  if (fields === undefined) return undefined
  return {
    at: policy.place('retryBudget'),
    budget: {
      percent: fields.number('percent', { min: 0, max: 100 }) ?? 20,
      minConcurrency: fields.integer('minRetryConcurrency', { min: 0, max: 4_294_967_295 }) ?? 3,
    },
  }
}

function compilePorts(policy: Fields, context: CompileContext): readonly PortPolicy[] {
  const ports: PortPolicy[] = []
  for (const fields of policy.each('portLevelSettings', portVocabulary)) {
    const settings = compileBlocks(fields, context)
    if (blocks.every((name) => !fields.has(name)))
      fields.error('port', 'missing-field', `Settings of a port need one of ${blocks.join(', ')}.`)
    const selector = fields.fields('port', { known: ['number'] })
    const port = selector?.integer('number', { min: 1, max: 65_535 })
    if (selector?.has('number') !== true) fields.error('port', 'missing-field', '"port.number" is required.')
    if (port === undefined) continue
    if (ports.some((one) => one.port === port))
      fields.warn('port', 'shadowed', `The port ${port} has settings already: these are ignored.`)
    else ports.push({ at: fields.at, port, ...settings })
  }
  return ports
}

/** What Istio refuses of a tunnel, though none is made. */
function checkTunnel(policy: Fields): void {
  const tunnel = policy.fields('tunnel', { known: ['protocol', 'targetHost', 'targetPort'] })
  if (tunnel === undefined) return
  tunnel.oneOf('protocol', ['', 'CONNECT', 'POST'])
  const host = tunnel.text('targetHost') ?? ''
  if (!isDomain(host) && isIP(host) === 0)
    tunnel.error('targetHost', 'invalid-value', `"${host}" is no host name and no IP address.`)
  if (!tunnel.has('targetPort')) tunnel.error('targetPort', 'missing-field', '"targetPort" is required.')
  tunnel.integer('targetPort', { min: 1, max: 65_535 })
}

/** Reads a `trafficPolicy`, and refuses what Istio refuses. */
export function readTrafficPolicy(rule: Fields, context: CompileContext): TrafficPolicy | undefined {
  const fields = rule.fields('trafficPolicy', vocabulary)
  if (fields === undefined) return undefined
  if ([...vocabulary.known, 'tunnel', 'proxyProtocol'].every((name) => !fields.has(name)))
    rule.error('trafficPolicy', 'missing-field', 'A trafficPolicy needs at least one field.')
  if (fields.has('tunnel') && fields.has('proxyProtocol'))
    fields.error('tunnel', 'invalid-value', 'It excludes "proxyProtocol".')
  checkTunnel(fields)
  fields.fields('proxyProtocol', { known: ['version'] })?.oneOf('version', ['V1', 'V2'])
  return {
    ...compileBlocks(fields, context),
    retryBudget: compileRetryBudget(fields),
    ports: compilePorts(fields, context),
  }
}
