import { describe, expect, it } from 'vitest'
import { guarding } from '../../src/core/guard.js'
import { compose, type Handler } from '../../src/core/interceptor.js'
import { relaying } from '../../src/core/relay.js'
import { directReply } from '../../src/core/reply.js'
import { leading, telling, tellOf, tellOn } from '../../src/core/teller.js'
import { tellFailure, type Visit } from '../../src/core/visit.js'
import { hearing } from './hearing.js'

const lost = new Error('lost')

describe('a handler that only leads on', () => {
  const answer: Handler<string[]> = async (log) => {
    log.push('sent')
    return directReply(204)
  }

  it('hands the visit on to where it leads, and adds no promise', () => {
    const sent = Promise.resolve(directReply(204))
    let seen: Visit | undefined
    const end = telling<string[]>((_, visit) => {
      seen = visit
      return sent
    })
    const visit = hearing([], 'a')
    const lead = leading<string[]>(() => leading(() => end))
    expect(tellOn([], lead, visit)).toBe(sent)
    expect(seen).toBe(visit)
    expect(lead([])).toBe(sent)
    expect(tellOf(lead)([], visit)).toBe(sent)
  })

  it('tells the visit itself of what leads to a handler that cannot', async () => {
    const log: string[] = []
    const reply = await tellOn(
      log,
      leading<string[]>(() => answer),
      hearing(log, 'a'),
    )
    expect([...log, reply.status]).toEqual(['sent', 'a 204', 204])
  })

  it('refuses what it throws at, and says so', async () => {
    const log: string[] = []
    const nowhere = leading<string[]>(() => {
      throw lost
    })
    await expect(tellOn(log, nowhere, hearing(log, 'a'))).rejects.toBe(lost)
    expect(log).toEqual(['a lost'])
  })
})

describe('an interceptor that relays', () => {
  it('is given the visits of all guards around it, and adds no promise', async () => {
    const log: string[] = []
    const sent = Promise.resolve(directReply(204))
    const relay = relaying<string[]>((next) => (call, visit) => {
      const reply = next(call)
      visit?.failed('told')
      return reply
    })
    const guards = ['a', 'b'].map((name) => guarding<string[]>(() => hearing(log, name)))
    expect(compose([...guards, relay], () => sent)([])).toBe(sent)
    expect(log).toEqual(['b told', 'a told'])
  })

  it('is an interceptor for whoever calls it by hand', async () => {
    const relay = relaying<string[]>((next) => (call, visit) => tellOf(next)(call, visit))
    expect(await relay([], async () => directReply(204))).toMatchObject({ status: 204 })
    await expect(relay([], () => tellFailure(lost, undefined))).rejects.toBe(lost)
  })
})
