import { describe, expect, it } from 'vitest'
import { type Guard, guarding } from '../../src/core/guard.js'
import { compose, type Handler, type Interceptor } from '../../src/core/interceptor.js'
import { directReply } from '../../src/core/reply.js'
import { telling } from '../../src/core/teller.js'
import { tellFailure } from '../../src/core/visit.js'

type Log = string[]
const answer: Handler<Log> = async (log) => {
  log.push('sent')
  return directReply(204)
}
const breakOff: Handler<Log> = async (log) => {
  log.push('sent')
  throw new Error('lost')
}

/** Notes that it was passed, and what it heard. */
function watcher(name: string): Guard<Log> {
  return (log) => {
    log.push(`${name} in`)
    return {
      replied: ({ status }) => void log.push(`${name} ${status}`),
      failed: (error) => void log.push(`${name} ${error instanceof Error ? error.message : error}`),
    }
  }
}
const later =
  (guard: Guard<Log>): Guard<Log> =>
  (log) =>
    Promise.resolve().then(() => guard(log))
const passesOn: Guard<Log> = (log) => {
  log.push('seen')
  return undefined
}
const refuses: Guard<Log> = () => {
  throw new Error('refused')
}

async function outcome(guards: readonly Guard<Log>[], end: Handler<Log> = answer): Promise<Log> {
  const log: Log = []
  const send = compose(
    guards.map((guard) => guarding(guard)),
    end,
  )
  const ended = await send(log).catch((error: Error) => error)
  return [...log, ended instanceof Error ? ended.message : `= ${ended.status}`]
}

describe('a row of guards', () => {
  it('lets a call in from the outside, and tells what came of it from the inside', async () => {
    expect(await outcome([watcher('a'), passesOn, watcher('b')])).toEqual([
      'a in',
      'seen',
      'b in',
      'sent',
      'b 204',
      'a 204',
      '= 204',
    ])
    expect(await outcome([watcher('a'), watcher('b')], breakOff)).toEqual([
      'a in',
      'b in',
      'sent',
      'b lost',
      'a lost',
      'lost',
    ])
  })

  it.each([
    ['throws', refuses],
    ['rejects', later(refuses)],
  ])('tells those outside of one that %s, and nobody further in', async (_, guard) => {
    expect(await outcome([watcher('a'), guard, watcher('b')])).toEqual(['a in', 'a refused', 'refused'])
  })

  it('waits where one lets a call wait', async () => {
    const expected = ['a in', 'b in', 'c in', 'sent', 'c 204', 'b 204', 'a 204', '= 204']
    expect(await outcome([watcher('a'), later(watcher('b')), watcher('c')])).toEqual(expected)
    expect(await outcome([later(watcher('a')), later(watcher('b')), later(watcher('c'))])).toEqual(expected)
  })

  it('makes a rejection of what the end throws at once', async () => {
    const throws: Handler<Log> = () => {
      throw new Error('at once')
    }
    expect(await outcome([watcher('a'), watcher('b')], throws)).toEqual([
      'a in',
      'b in',
      'b at once',
      'a at once',
      'at once',
    ])
    expect(await outcome([watcher('a')], throws)).toEqual(['a in', 'a at once', 'at once'])
    expect(await outcome([passesOn], throws)).toEqual(['seen', 'at once'])
  })

  it('takes no interceptor for a guard that only has something of that name', async () => {
    const log: Log = []
    const own: Interceptor<Log> = Object.assign((call: Log, next: Handler<Log>) => next(call), { guard: refuses })
    await compose([guarding(watcher('a')), own], answer)(log)
    expect(log).toEqual(['a in', 'sent', 'a 204'])
  })

  it('keeps its place among other interceptors', async () => {
    const log: Log = []
    const noting: Interceptor<Log> = async (call, next) => {
      call.push('noting in')
      const reply = await next(call)
      call.push('noting out')
      return reply
    }
    const send = compose(
      [guarding(watcher('a')), guarding(watcher('b')), noting, guarding(watcher('c')), guarding(watcher('d')), noting],
      answer,
    )
    await send(log)
    expect(log.join(', ')).toBe(
      'a in, b in, noting in, c in, d in, noting in, sent, noting out, d 204, c 204, noting out, b 204, a 204',
    )
  })
})

describe('a guard alone', () => {
  it.each([
    ['visits', watcher('a'), ['a in', 'sent', 'a 204', '= 204']],
    ['lets wait', later(watcher('a')), ['a in', 'sent', 'a 204', '= 204']],
    ['lets wait and pass', later(passesOn), ['seen', 'sent', '= 204']],
    ['refuses', refuses, ['refused']],
    ['refuses later', later(refuses), ['refused']],
  ])('%s', async (_, guard, expected) => {
    expect(await outcome([guard])).toEqual(expected)
  })

  it('adds no promise to a call that it does not visit', () => {
    const sent = answer([])
    expect(guarding(passesOn)([], () => sent)).toBe(sent)
  })
})

describe('a handler that tells visits itself', () => {
  /** Notes when its caller can have heard, which is never before the visit has. */
  const tellsReply = telling<Log>((log, visit) => {
    log.push('sent')
    const reply = directReply(204)
    visit?.replied(reply)
    log.push('told')
    return Promise.resolve(reply)
  })
  const tellsFailure = telling<Log>((_, visit) => tellFailure(new Error('lost'), visit))

  it('is given the visits of the row around it, once', async () => {
    const expected = ['a in', 'b in', 'sent', 'b 204', 'a 204', 'told', '= 204']
    expect(await outcome([watcher('a'), watcher('b')], tellsReply)).toEqual(expected)
    expect(await outcome([watcher('a'), later(watcher('b'))], tellsReply)).toEqual(expected)
    expect(await outcome([watcher('a'), watcher('b')], tellsFailure)).toEqual([
      'a in',
      'b in',
      'b lost',
      'a lost',
      'lost',
    ])
  })

  it('is given the visit of a guard alone', async () => {
    expect(await outcome([watcher('a')], tellsReply)).toEqual(['a in', 'sent', 'a 204', 'told', '= 204'])
    expect(await outcome([later(watcher('a'))], tellsReply)).toEqual(['a in', 'sent', 'a 204', 'told', '= 204'])
    expect(await outcome([watcher('a')], tellsFailure)).toEqual(['a in', 'a lost', 'lost'])
  })

  it('is called without a visit by whoever has it for a handler, whatever else is passed', async () => {
    const log: Log = []
    const twice: Interceptor<Log> = async (call, next) => {
      const replies = await Promise.all([call, call].map(next))
      return replies[0] ?? directReply(500)
    }
    expect((await compose([twice], tellsReply)(log)).status).toBe(204)
    expect(log).toEqual(['sent', 'told', 'sent', 'told'])
  })

  it('is never asked when a guard refuses, and those outside are told', async () => {
    expect(await outcome([watcher('a'), refuses, watcher('b')], tellsReply)).toEqual(['a in', 'a refused', 'refused'])
    expect(await outcome([watcher('a'), later(refuses)], tellsReply)).toEqual(['a in', 'a refused', 'refused'])
  })

  it('adds no promise', () => {
    const sent = Promise.resolve(directReply(204))
    const send = compose(
      [guarding(watcher('a')), guarding(watcher('b'))],
      telling<Log>(() => sent),
    )
    expect(send([])).toBe(sent)
  })
})
