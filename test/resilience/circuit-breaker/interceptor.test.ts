import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/core/interceptor.js'
import { circuitBreaker } from '../../../src/resilience/circuit-breaker/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, fail, hang, recorded, type Step, upstream } from '../upstream.js'

const cut: Step = (exchange) => void exchange.headers(200).fail('ERR_MESH_TRUNCATED')

function given(...steps: Step[]) {
  const clock = fakeClock()
  const peer = upstream(...steps)
  const { observer, events } = recorded('breaker')
  const breaker = circuitBreaker({ volumeThreshold: 5, resetTimeout: '10s' }, { clock, observer, service: 'reviews' })
  const send = compose([breaker], peer.handler)
  return { clock, peer, events, send, trip: () => Promise.allSettled(Array.from({ length: 5 }, () => send(callTo()))) }
}

describe('circuitBreaker()', () => {
  it.each([
    ['5xx replies', answer(503), true],
    ['failures to exchange', fail('ERR_MESH_CONNECT'), true],
    ['attempts that time out', fail('ERR_MESH_ATTEMPT_TIMEOUT'), true],
    ['bodies that are cut after a 200', cut, true],
    ['4xx replies', answer(404), false],
    ['local rejections', fail('ERR_MESH_OVERFLOW'), false],
    ['successes', answer(200), false],
  ])('with %s: opens is %s', async (_, step, opens) => {
    const { send, trip, peer } = given(step)
    await trip()
    const next = await send(callTo()).catch((error) => error.code)
    expect(next === 'ERR_MESH_CIRCUIT_OPEN').toBe(opens)
    expect(peer.exchanges).toHaveLength(opens ? 5 : 6)
  })

  it('hands a reply over before its body has ended, and judges it after', async () => {
    const { send, events, peer } = given((exchange) => void exchange.headers(200))
    for (let i = 0; i < 5; i++) expect(await send(callTo())).toMatchObject({ status: 200 })
    for (const exchange of peer.exchanges) exchange.fail('ERR_MESH_TRUNCATED')
    expect(events).toEqual([{ service: 'reviews', state: 'open' }])
  })

  it('is not tripped by callers who leave', async () => {
    const { send, events } = given(hang)
    for (let i = 0; i < 20; i++) {
      const call = callTo()
      const reply = expect(send(call)).rejects.toBe('the user left')
      call.cancel('the user left')
      await reply
    }
    expect(events).toEqual([])
  })

  it('recovers with a probe that takes longer than the reset timeout, once its reply is there', async () => {
    const { clock, send, trip, peer, events } = given(...Array<Step>(5).fill(answer(503)), hang, answer(200))
    await trip()
    await clock.advance(10_000)
    const probe = send(callTo())
    await clock.advance(15_000)
    peer.last.headers(200)
    await probe
    expect(await send(callTo())).toMatchObject({ status: 200 })
    expect(events.map(({ state }) => state)).toEqual(['open', 'half-open', 'open', 'closed'])
  })

  it('lets one probe through and recovers with it', async () => {
    const { clock, send, trip, peer, events } = given(...Array<Step>(5).fill(answer(503)), hang, answer(200))
    await trip()
    await clock.advance(10_000)
    const probe = send(callTo())
    await expect(send(callTo())).rejects.toMatchObject({ code: 'ERR_MESH_CIRCUIT_OPEN' })
    peer.last.headers(200).end()
    await probe
    expect(await send(callTo())).toMatchObject({ status: 200 })
    expect(events.map((event) => event.state)).toEqual(['open', 'half-open', 'closed'])
  })

  it('takes a probe that is cut after its 200 for a failure', async () => {
    const { clock, send, trip, events } = given(...Array<Step>(5).fill(answer(503)), cut)
    await trip()
    await clock.advance(10_000)
    await send(callTo())
    expect(events.map((event) => event.state)).toEqual(['open', 'half-open', 'open'])
  })

  it('is not closed by a caller who leaves while probing', async () => {
    const { clock, send, trip, events } = given(...Array<Step>(5).fill(answer(503)), hang)
    await trip()
    await clock.advance(10_000)
    const call = callTo()
    const probe = expect(send(call)).rejects.toBe('the user left')
    call.cancel('the user left')
    await probe
    expect(events.map((event) => event.state)).toEqual(['open', 'half-open'])
  })

  it('refuses within a millisecond', async () => {
    const { send, trip } = given(answer(503))
    await trip()
    const samples: number[] = []
    for (let i = 0; i < 101; i++) {
      const start = performance.now()
      await send(callTo()).catch(() => {})
      samples.push(performance.now() - start)
    }
    expect(samples.sort((a, b) => a - b)[50]).toBeLessThan(1)
  })

  it('counts a handler that throws as neither success nor failure', async () => {
    const breaker = circuitBreaker({ volumeThreshold: 1 })
    for (let i = 0; i < 3; i++)
      await expect(
        breaker(callTo(), () => {
          throw new Error('broken')
        }),
      ).rejects.toThrow('broken')
  })
})
