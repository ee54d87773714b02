import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMesh } from '../../../src/index.js'
import { loadManifests } from '../../../src/manifests/index.js'
import { ask } from './ask.js'
import { readCases } from './cases.js'
import { differences, topologyOf } from './compare.js'
import { Echo } from './echo.js'

const echo = new Echo()
beforeAll(() => echo.listen([18_080, 18_081]))
afterAll(() => echo.close())

/** Cases of a set that are under way at once: few enough that no plan's timing depends on it. */
const lanes = 8

describe('a mesh decides as Envoy does under Istio', () => {
  for (const set of readCases())
    it(`set ${set.name}: ${set.reject === undefined ? `${set.cases?.length} requests` : 'is refused'}`, async () => {
      const { namespace, labels } = set
      const config = await loadManifests([{ name: `${set.name}.yaml`, text: set.yaml }], { namespace, strict: true })
      const errors = config.diagnostics.filter(({ severity }) => severity === 'error')
      if (set.reject !== undefined) {
        expect(errors).not.toEqual([])
        return
      }
      expect(errors).toEqual([])
      await using mesh = createMesh({ service: { name: 'web', namespace, labels }, config, outbound: 'registry-only' })
      const topology = topologyOf(set)
      const problems: string[] = []
      const queue = [...(set.cases ?? []).entries()]
      async function lane(): Promise<void> {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [i, one] = next
          if ('error' in one.expect) continue
          const got = await ask(mesh, one, `${set.name}-${i}`, echo)
          const found = [...differences(one, one.expect, got, topology)]
          if (found.length > 0)
            problems.push(
              `#${i} ${one.method} ${one.authority}${one.path} ${JSON.stringify(one.headers)}\n${found.join('\n')}`,
            )
        }
      }
      await Promise.all(Array.from({ length: lanes }, lane))
      expect(problems).toEqual([])
    })
})
