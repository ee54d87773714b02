import { describe, expect, it } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import { guarding } from '../../src/core/guard.js'
import { compose, type Handler } from '../../src/core/interceptor.js'
import { relaying } from '../../src/core/relay.js'
import { directReply, type Reply } from '../../src/core/reply.js'
import { ReplyBody } from '../../src/core/reply-body.js'
import {
  both,
  failLate,
  leading,
  refuse,
  telling,
  tellOf,
  tellOn,
  tellOverdue,
  type Visit,
  visited,
} from '../../src/core/visit.js'

/** Notes what it hears. */
function hearing(log: string[], name: string): Visit {
  return {
    replied: ({ status }) => void log.push(`${name} ${status}`),
    failed: (error) => void log.push(`${name} ${error instanceof Error ? error.message : error}`),
  }
}
const broken: Visit = {
  replied() {
    throw new Error('broken')
  },
  failed() {
    throw new Error('broken')
  },
}
const lost = new Error('lost')

describe('many visits of one call', () => {
  const names = Array.from({ length: 12 }, (_, i) => `${i}`)

  it.each(names.map((_, i) => i + 1))('hear of it from the inside out: %i', (count) => {
    const log: string[] = []
    const some = names.slice(0, count)
    const all = some.reduce<Visit | undefined>((outer, name) => both(outer, hearing(log, name)), undefined)
    all?.replied(directReply(204))
    all?.failed(lost)
    const inwards = some.toReversed()
    expect(log).toEqual([...inwards.map((name) => `${name} 204`), ...inwards.map((name) => `${name} lost`)])
  })

  it.each(names.map((_, i) => i + 1))('hear, whatever those further in throw: %i', (count) => {
    const log: string[] = []
    const all = Array.from({ length: count }, () => broken).reduce<Visit | undefined>(both, hearing(log, 'outermost'))
    expect(() => all?.replied(directReply(204))).toThrow('broken')
    expect(() => all?.failed(lost)).toThrow('broken')
    expect(log).toEqual(['outermost 204', 'outermost lost'])
  })
})

describe('visits of a call that is overdue', () => {
  const late = new MeshError('ERR_MESH_ATTEMPT_TIMEOUT', 'late')
  const names = Array.from({ length: 12 }, (_, i) => `${i}`)

  /** Every other one judges. */
  function some(log: string[], count: number): Visit | undefined {
    return names.slice(0, count).reduce<Visit | undefined>((outer, name, i) => {
      const judges = i % 2 === 0 ? { overdue: ({ message }: MeshError) => void log.push(`${name} ${message}`) } : {}
      return both(outer, { ...hearing(log, name), ...judges })
    }, undefined)
  }

  it.each(names.map((_, i) => i + 1))(
    'hear that if they judge, and of the failure after it if they do not: %i',
    (count) => {
      const log: string[] = []
      const all = some(log, count)
      tellOverdue(all, late)
      failLate(all, lost)
      const inwards = names.slice(0, count).toReversed()
      expect(log).toEqual([
        ...inwards.filter((name) => Number(name) % 2 === 0).map((name) => `${name} late`),
        ...inwards.filter((name) => Number(name) % 2 === 1).map((name) => `${name} lost`),
      ])
    },
  )

  it('hear it, whatever others throw, of which the process is told', async () => {
    const log: string[] = []
    const judge: Visit = { ...hearing(log, 'judge'), overdue: () => void log.push('judge late') }
    const brokenJudge: Visit = {
      ...broken,
      overdue() {
        throw new Error('broken judge')
      },
    }
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const all = [judge, hearing(log, 'other'), broken, brokenJudge].reduce<Visit | undefined>(both, undefined)
    tellOverdue(all, late)
    expect((await warned).message).toBe('broken judge')
    const again = new Promise<Error>((resolve) => process.once('warning', resolve))
    failLate(all, lost)
    expect((await again).message).toBe('broken')
    expect(log).toEqual(['judge late', 'other lost'])
  })
})

describe('two visits of one call', () => {
  it('hear what came of it, the inner first', () => {
    const log: string[] = []
    const two = both(hearing(log, 'outer'), hearing(log, 'inner'))
    two?.replied(directReply(204))
    two?.failed(lost)
    expect(log).toEqual(['inner 204', 'outer 204', 'inner lost', 'outer lost'])
  })

  it('are one where there is one', () => {
    expect(both(broken, undefined)).toBe(broken)
    expect(both(undefined, broken)).toBe(broken)
    expect(both(undefined, undefined)).toBeUndefined()
  })

  it('both hear, whatever the inner throws', () => {
    const log: string[] = []
    const two = both(hearing(log, 'outer'), broken)
    expect(() => two?.replied(directReply(204))).toThrow('broken')
    expect(() => two?.failed(lost)).toThrow('broken')
    expect(log).toEqual(['outer 204', 'outer lost'])
  })
})

describe('a reply whose visit throws', () => {
  it('ends, and with it what is held for it, for nobody will read it', async () => {
    let released = 0
    const reply: Reply = directReply(200)
    const unread = Object.assign(reply, { body: new ReplyBody(undefined) })
    unread.lease.hold({ release: () => released++ })
    await expect(visited(broken, Promise.resolve(unread))).rejects.toThrow('broken')
    expect(released).toBe(1)
  })
})

describe('an answer that is no reply, from an interceptor that forgot to return one', () => {
  const answers: [string, () => Promise<Reply>][] = [
    ['nothing', () => JSON.parse('null')],
    ['nothing, later', async () => JSON.parse('null')],
    ['a look-alike', async () => JSON.parse('{ "status": 200 }')],
  ]
  it.each(answers)('fails the call, and is told: %s', async (_, forgetful) => {
    const log: string[] = []
    const why = 'an interceptor has answered with what is no Reply'
    await expect(tellOn([], forgetful, both(hearing(log, 'outer'), hearing(log, 'inner')))).rejects.toThrow(why)
    expect(log).toEqual([`inner ${why}`, `outer ${why}`])
  })
})

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
    await expect(relay([], () => refuse(lost, undefined))).rejects.toBe(lost)
  })
})
