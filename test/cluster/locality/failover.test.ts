import { describe, expect, it } from 'vitest'
import { failoverRank } from '../../../src/cluster/locality/failover.js'
import type { LocalityOptions } from '../../../src/cluster/locality-options.js'
import { endpoint } from '../scaffold.js'

const own = { labels: { app: 'web', network: 'n1' }, locality: 'us/east/1' }

function rankOf(options: LocalityOptions, locality: string | undefined, labels: Record<string, string> = {}): unknown {
  return failoverRank(options, own)?.(endpoint('http://h', { locality, labels }))
}

describe('by locality', () => {
  it.each([
    ['us/east/1', 0],
    ['us/east/2', 1],
    ['us/west/1', 2],
    ['eu/east/1', 3],
    [undefined, 3],
  ])('%s ranks %i', (locality, rank) => {
    expect(rankOf({}, locality)).toBe(rank)
  })

  it.each([
    ['us/west/1', 2],
    ['eu/x', 3],
    ['asia/x', 4],
    [undefined, 4],
  ])('with a failover from us to eu, %s ranks %i', (locality, rank) => {
    const failover = [
      { from: 'eu', to: 'us' },
      { from: 'us', to: 'eu' },
    ]
    expect(rankOf({ failover }, locality)).toBe(rank)
  })

  it('says nothing to a workload that does not know where it is, nor beside a distribution', () => {
    expect(failoverRank({}, { labels: {}, locality: undefined })).toBeUndefined()
    expect(failoverRank({ distribute: [{ from: '*', to: { us: 100 } }] }, own)).toBeUndefined()
  })
})

describe('by labels', () => {
  const failoverPriority = ['app', 'network', 'tier=gold']

  it.each([
    [{ app: 'web', network: 'n1', tier: 'gold' }, 0],
    [{ app: 'web', network: 'n1', tier: 'silver' }, 1],
    [{ app: 'web', network: 'n1' }, 1],
    [{ app: 'web', network: 'n2', tier: 'gold' }, 2],
    [{ app: 'other', network: 'n1', tier: 'gold' }, 3],
    [{}, 3],
  ])('%j ranks %i: the n-th counts only when those before agree', (labels, rank) => {
    expect(rankOf({ failoverPriority }, undefined, labels)).toBe(rank)
  })

  it('a label that neither has agrees', () => {
    expect(rankOf({ failoverPriority: ['zone'] }, undefined, {})).toBe(0)
  })

  it.each([
    ['us/east/9', 1],
    ['us/west/1', 2],
    ['eu/east/1', 3],
    ['us/east/1', 0],
  ])('the topology labels stand for the locality: %s ranks %i', (locality, rank) => {
    const names = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']
    expect(rankOf({ failoverPriority: names }, locality)).toBe(rank)
  })

  it('with a failover of regions as well, labels come first and distance within them', () => {
    const options = { failoverPriority: ['network'], failover: [{ from: 'us', to: 'eu' }] }
    expect(rankOf(options, 'us/east/1', { network: 'n1' })).toBe(0)
    expect(rankOf(options, 'asia', { network: 'n1' })).toBe(4)
    expect(rankOf(options, 'us/east/1', { network: 'n2' })).toBe(5)
  })
})
