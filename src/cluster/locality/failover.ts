import type { Labels } from '../../discovery/index.js'
import type { Endpoint } from '../endpoint.js'
import type { LocalityOptions } from '../locality-options.js'
import { distance, type Locality, parseLocality } from './locality.js'

/** The workload that calls, as far as localities go. */
export interface NearbyWorkload {
  readonly labels: Labels
  /** `region/zone/subzone`; undefined when unknown. */
  readonly locality: string | undefined
}

/** Ranks an endpoint: lower goes first. Ranks have gaps; equal ones are one priority. */
export type Rank = (endpoint: Endpoint) => number

/** Failover within regions knows five steps: Istio's 0 to 3, and 4 for a region that is not the one failed over to. */
const steps = 5

function byDistance(own: Locality, failover: LocalityOptions['failover']): Rank {
  const to = failover?.find(({ from }) => from === own.region)?.to
  const known = new Map<string | undefined, number>()
  return function rankByDistance({ locality }) {
    let rank = known.get(locality)
    if (rank === undefined) {
      const there = parseLocality(locality)
      rank = distance(own, there)
      if (rank === 3 && to !== undefined && there.region !== to) rank = 4
      known.set(locality, rank)
    }
    return rank
  }
}

/** The labels that Kubernetes and Istio give a workload for its locality, where it has none of these itself. */
const topology: Readonly<Record<string, keyof Locality>> = {
  'topology.kubernetes.io/region': 'region',
  'topology.kubernetes.io/zone': 'zone',
  'topology.istio.io/subzone': 'subzone',
}

function labelOf(name: string, labels: Labels, locality: string | undefined): string {
  if (Object.hasOwn(labels, name)) return labels[name] ?? ''
  const part = Object.hasOwn(topology, name) ? topology[name] : undefined
  return part === undefined ? '' : parseLocality(locality)[part]
}

function byLabels(names: readonly string[], workload: NearbyWorkload): Rank {
  const wanted = names.map((text): readonly [string, string] => {
    const at = text.indexOf('=')
    return at < 0 ? [text, labelOf(text, workload.labels, workload.locality)] : [text.slice(0, at), text.slice(at + 1)]
  })
  return function rankByLabels({ labels, locality }) {
    const agreed = wanted.findIndex(([name, value]) => labelOf(name, labels, locality) !== value)
    return agreed < 0 ? 0 : wanted.length - agreed
  }
}

/**
 * Istio's failover: endpoints that agree with the workload on the first n labels, or on more of their locality, make a
 * priority before those that agree on less. Undefined when all are equal to it.
 */
export function failoverRank(options: LocalityOptions, workload: NearbyWorkload): Rank | undefined {
  const { failover, failoverPriority, distribute } = options
  if (distribute !== undefined) return undefined
  const near = workload.locality === undefined ? undefined : byDistance(parseLocality(workload.locality), failover)
  if (failoverPriority === undefined || failoverPriority.length === 0) return near
  const alike = byLabels(failoverPriority, workload)
  if (near === undefined || failover === undefined || failover.length === 0) return alike
  return function rankByLabelsAndDistance(endpoint) {
    return alike(endpoint) * steps + near(endpoint)
  }
}
