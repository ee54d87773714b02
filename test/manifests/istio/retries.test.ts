import { describe, expect, it } from 'vitest'
import { loadText, reviews, virtualService } from '../load-text.js'
import { problemsOf, route, to } from './rule.js'

const manners = { budget: false, unsafe: true, retryAfter: false }
const on = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes']

describe('timeout and retries', () => {
  it('are those of Istio where nothing is said', async () => {
    const config = await loadText(virtualService(`    - name: all\n${to}`), { endpoints: reviews })
    expect(config.services?.reviews?.retry).toEqual({ attempts: 2, on, ...manners })
    expect(config.services?.reviews?.timeout).toBeUndefined()
    expect(config.services?.reviews?.routes?.[0]).toEqual({ name: 'all', origin: { file: 'm.yaml', line: 8 } })
  })

  it.each<[string, unknown]>([
    [
      '{ attempts: 3, retryOn: "5xx,503,retriable-4xx" }',
      { attempts: 3, on: ['5xx', 503, 'retriable-4xx'], ...manners },
    ],
    ['{ attempts: 1 }', { attempts: 1, on, ...manners }],
    ['{ attempts: 1, retryOn: "" }', { attempts: 1, on, ...manners }],
    [
      '{ attempts: 1, retryOn: reset, backoff: 10ms }',
      { attempts: 1, on: ['reset'], backoff: { base: 10, max: 100 }, ...manners },
    ],
    [
      '{ attempts: 1, retryOn: reset, perTryTimeout: 2s }',
      { attempts: 1, on: ['reset'], perTryTimeout: 2_000, ...manners },
    ],
    [
      '{ attempts: 1, retryOn: reset, retryRemoteLocalities: true, retryIgnorePreviousHosts: false }',
      { attempts: 1, on: ['reset'], avoidTriedPriorities: true, avoidTried: false, ...manners },
    ],
    ['{}', false],
    ['{ attempts: 0 }', false],
    ['{ attempts: 0, retryIgnorePreviousHosts: true }', false],
  ])('retries: %s is %j', async (retries, native) => {
    expect((await route(`retries: ${retries}`))?.retry).toEqual(native)
  })

  it('more retries than the library makes are cut', async () => {
    expect((await route('retries: { attempts: 1000 }'))?.retry).toMatchObject({ attempts: 100 })
    expect(await problemsOf('retries: { attempts: 1000 }')).toEqual(['warning unsupported-field retries.attempts'])
  })

  it('a perTryTimeout that is not shorter than the timeout has no effect', async () => {
    const rule = 'timeout: 1s\n      retries: { attempts: 1, perTryTimeout: 1s }'
    expect(await problemsOf(rule)).toEqual(['warning shadowed retries.perTryTimeout'])
    expect((await route(rule))?.retry).toEqual({ attempts: 1, on, ...manners })
  })

  it.each([
    ['timeout: 30', 'wrong-type timeout'],
    ['timeout: 30d', 'invalid-value timeout'],
    ['timeout: 0s', 'invalid-value timeout'],
    ['timeout: 1500us', 'invalid-value timeout'],
    ['timeout: 2147483648ms', 'invalid-value timeout'],
    ['retries: { attempts: -1 }', 'invalid-value retries.attempts'],
    ['retries: { attempts: 1.5 }', 'invalid-value retries.attempts'],
    ['retries: { attempts: 0, perTryTimeout: 1s }', 'invalid-value retries.perTryTimeout'],
    ['retries: { retryOn: 5xx }', 'invalid-value retries.retryOn'],
    ['retries: { backoff: 1s }', 'invalid-value retries.backoff'],
    ['retries: { retryRemoteLocalities: false }', 'invalid-value retries.retryRemoteLocalities'],
    ['retries: { attempts: 1, perTryTimeout: 0s }', 'invalid-value retries.perTryTimeout'],
    ['retries: { attempts: 1, backoff: 0s }', 'invalid-value retries.backoff'],
    ['retries: { attempts: 1, retryOn: sometimes }', 'invalid-value retries.retryOn'],
    ['retries: { attempts: 1, retryOn: "5xx, reset" }', 'invalid-value retries.retryOn'],
    ['retries: { attempts: 1, retryOn: "5xx," }', 'invalid-value retries.retryOn'],
    ['retries: { attempts: 1, retryOn: "600,connect-failure" }', 'invalid-value retries.retryOn'],
    ['retries: { attempts: 1, retryOn: "499" }', 'invalid-value retries.retryOn'],
  ])('%s is an error', async (rule, problem) => {
    expect(await problemsOf(rule)).toEqual([`error ${problem}`])
  })
})
