import { describe, expect, it } from 'vitest'
import { checkOptions } from '../../src/mesh/check-options.js'

const intercept = (): void => {}

describe('the options of createMesh', () => {
  const wrong: [string, unknown, object][] = [
    ['a misspelt option', { identiy: {} }, { path: 'identiy', suggestion: 'identity' }],
    ['a misspelt outbound', { outbound: 'registry_only' }, { path: 'outbound', suggestion: 'registry-only' }],
    ['a batch that is no flag', { batchReplies: 'no' }, { path: 'batchReplies', message: 'must be true or false' }],
    ['no service', { service: undefined }, { path: 'service', message: 'is required' }],
    ['a service without a name', { service: { namespace: 'shop' } }, { path: 'service.name' }],
    [
      'a stage that there is not',
      { interceptors: [{ stage: 'retri', place: 'before', intercept }] },
      { path: 'interceptors[0].stage', suggestion: 'retry' },
    ],
    [
      'a place that there is not',
      { interceptors: [{ stage: 'retry', place: 'befor', intercept }] },
      { path: 'interceptors[0].place', suggestion: 'before' },
    ],
    [
      'nothing to put there',
      { interceptors: [{ stage: 'retry', place: 'before' }] },
      { path: 'interceptors[0].intercept', message: 'is required' },
    ],
  ]
  it.each(wrong)('%s is refused', (_name, options, problem) => {
    const given: unknown = Object.assign({ service: 'x' }, options)
    expect(() => checkOptions(given)).toThrow(
      expect.objectContaining({ code: 'ERR_MESH_CONFIG', problems: [expect.objectContaining(problem)] }),
    )
  })

  it('take a stage out without an interceptor', () => {
    expect(() =>
      checkOptions({ service: { name: 'x' }, interceptors: [{ stage: 'retry', place: 'remove' }] }),
    ).not.toThrow()
  })
})
