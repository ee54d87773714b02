import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { MeshEvents } from '../../../src/core/events.js'
import type { Logger } from '../../../src/core/logger.js'
import { Observer } from '../../../src/core/observer.js'
import { logEvents } from '../../../src/telemetry/event-log/event-log.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

interface Line {
  readonly level: string
  readonly message: string
  readonly fields: object
}

function setup(onLine: (line: Line) => void = () => {}) {
  const lines: Line[] = []
  const at =
    (level: string) =>
    (fields: object, message: string): void => {
      const line = { level, message, fields }
      onLine(line)
      lines.push(line)
    }
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const clock = fakeClock()
  const observer = new Observer()
  const stop = logEvents(observer, logger, clock)
  return {
    lines,
    clock,
    observer,
    stop,
    told: () => lines.splice(0).map(({ level, message }) => `${level} ${message}`),
  }
}

const err = new Error('the cause')
const breaker = { service: 'reviews|v2', endpoint: '10.0.0.1:80' }
const endpoint = { service: 'reviews', endpoint: '10.0.0.1:80' }

describe('what happens to a mesh is a line in its log', () => {
  it.each<[keyof MeshEvents, MeshEvents[keyof MeshEvents], string, string, object]>([
    ['breaker', { ...breaker, state: 'open' }, 'warn', 'a circuit breaker has opened', { ...breaker, state: 'open' }],
    ['breaker', { ...breaker, state: 'half-open' }, 'info', 'a circuit breaker lets calls probe', breaker],
    ['breaker', { ...breaker, state: 'closed' }, 'info', 'a circuit breaker has closed', breaker],
    ['breaker', { ...breaker, state: 'open', observes: true }, 'info', 'a circuit breaker would have opened', breaker],
    [
      'breaker',
      { ...breaker, state: 'half-open', observes: true },
      'info',
      'a circuit breaker would let calls probe',
      {},
    ],
    ['breaker', { ...breaker, state: 'closed', observes: true }, 'info', 'a circuit breaker would have closed', {}],
    [
      'breaker',
      { ...breaker, state: 'open', modeOnly: true },
      'warn',
      'a circuit breaker enforces its state from now on',
      breaker,
    ],
    [
      'breaker',
      { ...breaker, state: 'open', observes: true, modeOnly: true },
      'info',
      'a circuit breaker only observes from now on',
      breaker,
    ],
    ['breaker', { ...breaker, state: 'closed', removed: true }, 'info', 'a circuit breaker is gone', breaker],
    [
      'ejection',
      { ...endpoint, ejected: true, reason: 'consecutive-5xx', forMs: 30_000 },
      'warn',
      'an endpoint was ejected',
      { ...endpoint, reason: 'consecutive-5xx', forMs: 30_000 },
    ],
    [
      'ejection',
      { ...endpoint, ejected: false, reason: 'expired', forMs: 30_000 },
      'info',
      'an endpoint is back from its ejection',
      endpoint,
    ],
    [
      'health-check',
      { ...endpoint, healthy: false, reason: 'status 503' },
      'warn',
      'an endpoint fails its health checks',
      { ...endpoint, reason: 'status 503' },
    ],
    [
      'health-check',
      { ...endpoint, healthy: true, reason: 'passed' },
      'info',
      'an endpoint passes its health checks',
      endpoint,
    ],
    ['identity', { result: 'rotated', generation: 2 }, 'info', 'new credentials are in use', { generation: 2 }],
    [
      'identity',
      { result: 'rejected', generation: 1, error: err },
      'error',
      'new credentials were refused',
      { generation: 1, err },
    ],
    [
      'discovery',
      { service: 'reviews', result: 'failed', endpoints: 3, error: err },
      'warn',
      'discovery failed',
      { service: 'reviews', endpoints: 3, err },
    ],
    [
      'discovery',
      { service: 'reviews', result: 'failed', endpoints: 0, error: err },
      'error',
      'discovery failed',
      { service: 'reviews', endpoints: 0, err },
    ],
    [
      'discovery',
      { service: 'reviews', result: 'found', endpoints: 3 },
      'info',
      'discovery found endpoints',
      { endpoints: 3 },
    ],
    [
      'jwks',
      { issuer: 'https://id', uri: 'https://id/jwks', result: 'failed', error: err },
      'error',
      'a key set could not be fetched',
      { issuer: 'https://id', uri: 'https://id/jwks', err },
    ],
    [
      'limit-store',
      { policy: 'p', mode: 'local', kind: 'reply', error: err },
      'warn',
      'the store of a rate limit fails',
      { policy: 'p', mode: 'local', kind: 'reply', err },
    ],
    [
      'limit-store',
      { policy: 'p', mode: 'closed', kind: 'timeout' },
      'error',
      'the store of a rate limit fails',
      { policy: 'p', mode: 'closed', kind: 'timeout' },
    ],
    [
      'fallback',
      { service: 'reviews', result: 'failed', error: err },
      'error',
      'a fallback failed',
      { service: 'reviews', err },
    ],
    ['fault', { where: 'identity', error: err }, 'error', 'the cause', { where: 'identity', err }],
    ['fault', { where: 'mirror', error: err }, 'warn', 'the cause', { where: 'mirror', err }],
    [
      'fault',
      { where: 'server', error: err, requestId: 'r1' },
      'error',
      'a request failed by an unexpected error',
      { where: 'server', err, requestId: 'r1' },
    ],
  ])('%s %j', (event, payload, level, message, fields) => {
    const { lines, observer } = setup()
    observer.emit(event, payload as never)
    expect(lines).toEqual([{ level, message, fields: expect.objectContaining({ event, ...fields }) }])
  })

  it('and nothing that comes with every call is', () => {
    const { lines, observer } = setup()
    observer.emit('retry', { service: 'reviews', attempt: 1, reason: '5xx', delayMs: 1 })
    observer.emit('rate-limit', { policy: 'p', decision: 'limited', backend: 'memory' })
    observer.emit('authentication', { method: 'jwt', result: 'refused', reason: 'expired' })
    observer.emit('peer-rejected', { side: 'server', reason: 'expired' })
    observer.emit('fallback', { service: 'reviews', result: 'answered' })
    observer.emit('jwks', { issuer: 'i', uri: 'u', result: 'ok' })
    expect(lines).toEqual([])
  })

  it('until it ends', () => {
    const { lines, observer, stop } = setup()
    stop()
    observer.emit('identity', { result: 'rotated', generation: 2 })
    expect(lines).toEqual([])
  })
})

describe('a trouble that goes on', () => {
  it('is told when it begins, when it changes, and once a minute with how often it came', async () => {
    const { lines, observer, clock, told } = setup()
    const fail = (kind: string): void => observer.emit('limit-store', { policy: 'p', mode: 'local', kind })
    for (let i = 0; i < 1_000; i++) fail('timeout')
    expect(told()).toEqual(['warn the store of a rate limit fails'])
    for (let i = 0; i < 1_000; i++) fail(i % 2 === 0 ? 'down' : 'timeout')
    expect(lines).toMatchObject([{ fields: { kind: 'down' } }])
    lines.splice(0)
    await clock.advance(60_000)
    fail('timeout')
    expect(lines).toMatchObject([{ fields: { kind: 'timeout', times: 1_500 } }])
  })

  it('is told to be over', () => {
    const { observer, told } = setup()
    const found = (): void => observer.emit('discovery', { service: 's', result: 'found', endpoints: 2 })
    observer.emit('discovery', { service: 's', result: 'failed', endpoints: 2, error: err })
    observer.emit('discovery', { service: 's', result: 'failed', endpoints: 2, error: err })
    found()
    found()
    observer.emit('jwks', { issuer: 'i', uri: 'u', result: 'failed', error: err })
    observer.emit('jwks', { issuer: 'i', uri: 'u', result: 'ok' })
    observer.emit('jwks', { issuer: 'i', uri: 'u', result: 'ok' })
    expect(told()).toEqual([
      'warn discovery failed',
      'info discovery works again',
      'info discovery found endpoints',
      'error a key set could not be fetched',
      'info a key set was fetched again',
    ])
  })
})

describe('a trouble', () => {
  const fail = (observer: Observer, service: string): void =>
    observer.emit('discovery', { service, result: 'failed', endpoints: 0, error: err })

  it('that comes back soon after its recovery is told again', () => {
    const { observer, told } = setup()
    const found = (): void => observer.emit('discovery', { service: 's', result: 'found', endpoints: 2 })
    const keys = (result: 'ok' | 'failed'): void => observer.emit('jwks', { issuer: 'i', uri: 'u', result })
    fail(observer, 's')
    fail(observer, 'of another')
    found()
    fail(observer, 's')
    fail(observer, 'of another')
    keys('failed')
    keys('ok')
    keys('failed')
    expect(told()).toEqual([
      'error discovery failed',
      'error discovery failed',
      'info discovery works again',
      'error discovery failed',
      'error a key set could not be fetched',
      'info a key set was fetched again',
      'error a key set could not be fetched',
    ])
  })

  it('of a key set is told apart from that of another set of its issuer', () => {
    const { lines, observer } = setup()
    const keys = (uri: string, result: 'ok' | 'failed'): void => observer.emit('jwks', { issuer: 'i', uri, result })
    keys('u', 'failed')
    keys('v', 'failed')
    keys('u', 'ok')
    keys('v', 'failed')
    expect(lines.map(({ level, fields }) => [level, 'uri' in fields && fields.uri])).toEqual([
      ['error', 'u'],
      ['error', 'v'],
      ['info', 'u'],
    ])
  })

  it('that was left out is told when it comes again', async () => {
    const { lines, observer, clock } = setup()
    const services = Array.from({ length: 40 }, (_, i) => `s${i}`)
    for (const service of services) fail(observer, service)
    expect(lines).toHaveLength(20)
    await clock.advance(10_000)
    for (const service of services) fail(observer, service)
    const failed = lines.filter(({ message }) => message === 'discovery failed')
    expect(failed.map(({ fields }) => 'service' in fields && fields.service)).toEqual(services)
    expect(lines.filter(({ fields }) => 'left' in fields)).toMatchObject([{ fields: { left: 20 } }])
  })
})

describe('a logger that throws', () => {
  it('is a warning of the process, and nothing ends', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    onTestFinished(() => warned.mockRestore())
    const { lines, observer, clock } = setup((line) => {
      if ('left' in line.fields) throw new Error('disk full')
    })
    for (let i = 0; i < 21; i++) observer.emit('fault', { where: 'server', error: err })
    await clock.advance(10_000)
    expect(warned).toHaveBeenCalledExactlyOnceWith(new Error('disk full'), 'SidecarlessListenerWarning')
    observer.emit('fault', { where: 'server', error: err })
    expect(lines).toHaveLength(21)
  })
})

describe('lines of one kind', () => {
  it('are 20 in 10 s and one that says how many were left out, whatever clients do', async () => {
    const { lines, observer, clock } = setup()
    const fail = (): void => observer.emit('fault', { where: 'server', error: err })
    for (let i = 0; i < 500; i++) fail()
    expect(lines).toHaveLength(20)
    await clock.advance(9_999)
    fail()
    expect(lines).toHaveLength(20)
    await clock.advance(1)
    expect(lines.at(-1)).toEqual({
      level: 'warn',
      message: 'events of one kind were too many to be logged',
      fields: { event: 'fault', left: 481 },
    })
    fail()
    expect(lines).toHaveLength(22)
    expect(clock.pending).toBe(0)
  })

  it('of faults of requests leave room for those of the mesh', () => {
    const { lines, observer } = setup()
    for (let i = 0; i < 500; i++) observer.emit('fault', { where: 'server', error: err })
    observer.emit('fault', { where: 'identity', error: err })
    expect(lines.at(-1)).toMatchObject({ fields: { where: 'identity' } })
  })

  it('at info leave room for those that need a human, and say by themselves how many were left out', async () => {
    const { lines, observer, clock } = setup()
    for (let i = 0; i < 25; i++) observer.emit('health-check', { ...endpoint, healthy: true, reason: 'passed' })
    observer.emit('health-check', { ...endpoint, healthy: false, reason: 'status 503' })
    expect(lines).toHaveLength(21)
    expect(lines.at(-1)).toMatchObject({ level: 'warn', fields: { reason: 'status 503' } })
    await clock.advance(10_000)
    expect(lines.slice(21)).toMatchObject([{ level: 'info', fields: { event: 'health-check', left: 5 } }])
  })

  it('leave no timer behind', () => {
    const { observer, clock, stop } = setup()
    for (let i = 0; i < 30; i++) observer.emit('fault', { where: 'server', error: err })
    expect(clock.pending).toBe(1)
    stop()
    expect(clock.pending).toBe(0)
  })
})
