import { describe, expect, it } from 'vitest'
import { selfTimes } from '../bench/harness/cpu-profile.js'

describe('CPU profile', () => {
  it('shares out the time that was not idle, by function, largest first', () => {
    const frame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 })
    const profile = {
      nodes: [
        { id: 1, callFrame: frame('(idle)', '') },
        { id: 2, callFrame: frame('pick', 'file:///somewhere/dist/cluster/balancer.js') },
        { id: 3, callFrame: frame('', 'file:///somewhere/node_modules/undici/lib/core.js') },
        { id: 4, callFrame: frame('pick', 'file:///somewhere/dist/cluster/balancer.js') },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [500, 30, 25, 45],
    }
    expect(selfTimes(profile)).toEqual([
      { name: 'pick', place: 'dist/cluster/balancer.js:10', share: 0.75 },
      { name: '(anonymous)', place: 'undici/lib/core.js:10', share: 0.25 },
    ])
  })
})
