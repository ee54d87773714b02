import { describe, expect, it } from 'vitest'
import { loadManifests } from '../../../src/manifests/index.js'
import { readCases } from '../../agreement/istio/cases.js'

const sets = readCases().map((set) => ({ ...set, verdict: set.reject ?? 'is taken' }))

describe('what Istio takes is taken, and what it refuses is refused', () => {
  it.each(sets)('set $name: $verdict', async ({ name, yaml, namespace, reject }) => {
    const config = await loadManifests([{ name: `${name}.yaml`, text: yaml }], { namespace, strict: true })
    const errors = config.diagnostics.filter(({ severity }) => severity === 'error')
    if (reject === undefined) expect(errors).toEqual([])
    else expect(errors.map(({ message }) => message)).not.toEqual([])
  })
})
