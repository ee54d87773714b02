import { describe, expect, it } from 'vitest'
import { ringHash } from '../../../src/cluster/balancer/ring-hash.js'
import { hash64 } from '../../core/hash/big.js'
import { call } from '../scaffold.js'
import { context, goldenHosts } from './scaffold.js'

const golden: [number, bigint][] = [
  [94, 833437586790550860n],
  [92, 928266305478181108n],
  [90, 1033482794131418490n],
  [95, 3551244743356806947n],
  [93, 3851675632748031481n],
  [91, 5583722120771150861n],
  [91, 6311230543546372928n],
  [93, 7700377290971790572n],
  [95, 13144177310400110813n],
  [92, 13444792449719432967n],
  [94, 15516499411664133160n],
  [90, 16117243373044804889n],
]

describe('Envoy’s golden ring of six hosts and twelve points', () => {
  const hosts = goldenHosts()
  const scene = context({ type: 'ring-hash', minimumRingSize: 12 })
  const balancer = ringHash(hosts, scene)
  const portOf = (hash: bigint, attempt = 0): number | undefined => balancer.pick(call(), hash64(hash), attempt)?.port

  it.each(golden)('the point of %d is at %d: it takes what is before it, up to itself', (port, point) => {
    expect([portOf(point - 1n), portOf(point)]).toEqual([port, port])
  })

  it.each(golden.map(([, point], i) => [point, golden[(i + 1) % golden.length]?.[0]] as const))(
    'past %d comes %d, around the end as well',
    (point, next) => {
      expect(portOf(point + 1n)).toBe(next)
    },
  )

  it.each([
    [0n, 94],
    [3551244743356806947n, 95],
    [3551244743356806948n, 93],
    [2n ** 64n - 1n, 94],
  ])('%d leads to %d', (hash, port) => {
    expect(portOf(hash)).toBe(port)
  })

  it('a refused choice moves on by one point, around the end as well', () => {
    expect([0, 1, 2, 5].map((attempt) => portOf(0n, attempt))).toEqual([94, 92, 90, 91])
    expect([0, 1, 12].map((attempt) => portOf(16117243373044804889n, attempt))).toEqual([90, 94, 90])
  })
})
