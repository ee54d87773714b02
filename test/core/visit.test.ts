import { describe, expect, it } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import { directReply, type Reply } from '../../src/core/reply.js'
import { ReplyBody } from '../../src/core/reply-body.js'
import { tellOn } from '../../src/core/teller.js'
import { both, tellLateFailure, tellOutcome, tellOverdue, type Visit } from '../../src/core/visit.js'
import { hearing } from './hearing.js'

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
      tellOverdue(late, all)
      tellLateFailure(lost, all)
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
    tellOverdue(late, all)
    expect((await warned).message).toBe('broken judge')
    const again = new Promise<Error>((resolve) => process.once('warning', resolve))
    tellLateFailure(lost, all)
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
    await expect(tellOutcome(Promise.resolve(unread), broken)).rejects.toThrow('broken')
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
