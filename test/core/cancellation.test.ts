import { describe, expect, it, vi } from 'vitest'
import { clientCall } from '../../src/core/call.js'
import { type Cancellable, Cancellation } from '../../src/core/cancellation.js'
import type { Phase } from '../../src/core/phase.js'

function work(phase?: Phase): Cancellable & { reasons: unknown[] } {
  const reasons: unknown[] = []
  return { reasons, phase, cancel: (reason) => reasons.push(reason) }
}

describe('Cancellation', () => {
  it('stops all current work, once, with the first reason', () => {
    const cancellation = new Cancellation()
    const [a, b, c] = [work(), work(), work()]
    for (const one of [a, b, c]) cancellation.attach(one)
    cancellation.detach(b)
    cancellation.cancel('first')
    cancellation.cancel('second')
    expect([a.reasons, b.reasons, c.reasons]).toEqual([['first'], [], ['first']])
  })

  it('stops work that comes too late at once', () => {
    const cancellation = new Cancellation()
    cancellation.cancel('over')
    const late = work()
    cancellation.attach(late)
    expect(late.reasons).toEqual(['over'])
  })

  it('reaches the attempts of a call, but an attempt never its parent', () => {
    const call = clientCall({ url: 'http://a/' })
    const [first, second] = [call.fork(), call.fork()]
    first.cancel('attempt timed out')
    expect(call.cancelled).toBe(false)
    call.cancel('caller gone')
    expect([first.reason, second.reason]).toEqual(['attempt timed out', 'caller gone'])
  })

  it.each<[(Phase | undefined)[], Phase | undefined]>([
    [['headers', 'body'], 'body'],
    [['headers', 'queue'], 'headers'],
    [['queue', 'headers'], 'headers'],
    [['headers', undefined, 'queue'], 'headers'],
    [[undefined, 'queue', undefined], 'queue'],
    [[undefined], undefined],
  ])('is in the phase of what came last, but waits for us only if all that tells does: %j', (phases, phase) => {
    const cancellation = new Cancellation()
    for (const one of phases) cancellation.attach(work(one))
    expect(cancellation.phase).toBe(phase)
  })

  it('is not in the phase of work that was set aside, and stops it with the rest', () => {
    const cancellation = new Cancellation()
    const [aside, awaited] = [work('body'), work('queue')]
    cancellation.attach(aside)
    cancellation.attach(awaited)
    cancellation.setAside(aside)
    expect(cancellation.phase).toBe('queue')
    cancellation.cancel('gone')
    expect([aside.reasons, awaited.reasons]).toEqual([['gone'], ['gone']])
  })

  it('stops the rest, also when something throws', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const cancellation = new Cancellation()
    cancellation.attach({
      cancel: () => {
        throw new Error('broken')
      },
    })
    const other = work()
    cancellation.attach(other)
    cancellation.cancel('gone')
    expect(other.reasons).toEqual(['gone'])
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})
