import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { RateLimitDecision, WindowUsage } from '../../src/rate-limit/decision.js'
import { Question } from '../../src/rate-limit/question.js'
import { inboundCall } from './server-call.js'

const usage = (label: string, resetMs: number): WindowUsage => ({
  label,
  limit: 10,
  lengthMs: 60_000,
  remaining: 0,
  resetMs,
})
const uncounted: RateLimitDecision = { allowed: true, backend: 'local', windows: [], refusedBy: undefined }

function ask({ windows = 1, refuse }: { windows?: number; refuse?: Error } = {}) {
  const heard: string[] = []
  const decide = (what: string, decision: RateLimitDecision): RateLimitDecision => {
    heard.push(what)
    return decision
  }
  let question: Question<RateLimitDecision> | undefined
  const concluded = new Promise<RateLimitDecision>((resolve, reject) => {
    question = new Question(
      {
        counted: (key, decision) => decide(`counted ${key}`, decision),
        failed: (key, error) => decide(`failed ${key}: ${error}`, uncounted),
        unanswered: (key) => decide(`unanswered ${key}`, uncounted),
      },
      'ip:1',
      windows,
      {
        call: inboundCall(),
        conclude(decision) {
          if (refuse !== undefined) throw refuse
          return decision
        },
        resolve,
        reject,
      },
    )
  })
  if (question === undefined) throw new Error('no question')
  return { question, concluded, heard }
}

describe('a question to Redis', () => {
  it('is decided when every window has been counted, by the refusal that lasts longest', async () => {
    const { question, concluded, heard } = ask({ windows: 3 })
    question.counted(2, usage('day', 5_000), true)
    question.counted(0, usage('second', 100), true)
    expect(heard).toEqual([])
    question.counted(1, usage('minute', 9_000), false)
    const { allowed, backend, windows, refusedBy } = await concluded
    expect({ allowed, backend }).toEqual({ allowed: false, backend: 'redis' })
    expect(windows.map(({ label }) => label)).toEqual(['second', 'minute', 'day'])
    expect(refusedBy?.label).toBe('day')
    expect(heard).toEqual(['counted ip:1'])
  })

  it('has failed with its first window that fails, and hears nothing after that', async () => {
    const { question, concluded, heard } = ask({ windows: 2 })
    question.failed('READONLY')
    question.failed('again')
    question.counted(0, usage('day', 1), false)
    question.counted(1, usage('day', 1), false)
    expect(await concluded).toBe(uncounted)
    expect(heard).toEqual(['failed ip:1: READONLY'])
  })

  it('lets an answer win that had arrived when time was up, and ignores a later one', async () => {
    const arrived = ask()
    arrived.question.expire()
    arrived.question.counted(0, usage('day', 1), false)
    await turn()
    expect((await arrived.concluded).backend).toBe('redis')
    const late = ask()
    late.question.expire()
    await turn()
    late.question.counted(0, usage('day', 1), false)
    expect(await late.concluded).toBe(uncounted)
    expect([arrived.heard, late.heard]).toEqual([['counted ip:1'], ['unanswered ip:1']])
  })

  it.each([
    ['counted', (question: Question<RateLimitDecision>) => question.counted(0, usage('day', 1), false)],
    ['failed', (question: Question<RateLimitDecision>) => question.failed(new Error('down'))],
    ['unanswered', (question: Question<RateLimitDecision>) => question.expire()],
  ])('refuses the call with what is thrown when it is %s', async (_, settle) => {
    const refusal = new Error('refused')
    const { question, concluded } = ask({ refuse: refusal })
    settle(question)
    await expect(concluded).rejects.toBe(refusal)
  })
})
