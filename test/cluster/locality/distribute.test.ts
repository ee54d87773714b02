import { describe, expect, it } from 'vitest'
import { distributedWeights, sharesFor } from '../../../src/cluster/locality/distribute.js'
import { endpoint } from '../scaffold.js'

describe('the shares', () => {
  const distribute = [
    { from: 'us/east', to: { us: 100 } },
    { from: 'us/*', to: { eu: 100 } },
    { from: '*', to: { asia: 100 } },
  ]

  it.each([
    ['us/east/1', 'us'],
    ['us/west/1', 'eu'],
    ['africa', 'asia'],
    [undefined, 'asia'],
  ])('for a workload in %s are those of the first rule that fits', (locality, to) => {
    expect(sharesFor(distribute, locality)).toEqual({ [to]: 100 })
  })

  it('are none where no rule fits', () => {
    expect(sharesFor([{ from: 'us', to: { us: 100 } }], 'eu')).toBeUndefined()
  })
})

describe('the weight of a locality', () => {
  const members = [
    endpoint('http://h0', { locality: 'us/east/1', weight: 2 }),
    endpoint('http://h1', { locality: 'us/east/1' }),
    endpoint('http://h2', { locality: 'us/east/2', weight: 4 }),
    endpoint('http://h3', { locality: 'eu/x' }),
    endpoint('http://h4'),
  ]

  it.each([
    { to: { 'us/east/1': 80, eu: 20 }, weights: { 'us/east/1': 80, 'eu/x': 20 } },
    { to: { 'us/east/*': 70, 'eu/*': 30 }, weights: { 'us/east/1': 30, 'us/east/2': 40, 'eu/x': 30 } },
    { to: { us: 50, eu: 50 }, weights: { 'us/east/1': 22, 'us/east/2': 29, 'eu/x': 50 } },
    { to: { us: 100, eu: 0 }, weights: { 'us/east/1': 43, 'us/east/2': 58 } },
    { to: { mars: 100 }, weights: {} },
  ])('of $to is $weights, rounded up; others get none', ({ to, weights }) => {
    expect(Object.fromEntries(distributedWeights(members, to))).toEqual(weights)
  })
})
