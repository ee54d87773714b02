import { describe, expect, it } from 'vitest'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import { compose, type Interceptor } from '../../src/core/interceptor.js'
import { directReply } from '../../src/core/reply.js'
import { arrange, serviceStages } from '../../src/core/stages.js'

function noted(name: string, log: string[]): Interceptor<ClientCall> {
  return (call, next) => {
    log.push(name)
    return next(call)
  }
}

describe('compose', () => {
  it('runs the first interceptor outermost, and lets next be called again on a fork', async () => {
    const log: string[] = []
    const twice: Interceptor<ClientCall> = async (call, next) => {
      await next(call.fork())
      return next(call.fork())
    }
    const send = compose([noted('a', log), twice, noted('b', log)], () => Promise.resolve(directReply(200)))
    expect((await send(clientCall({ url: 'http://a/' }))).status).toBe(200)
    expect(log).toEqual(['a', 'b', 'b'])
  })
})

describe('arrange', () => {
  const pass: Interceptor<ClientCall> = (call, next) => next(call)
  const defaults = serviceStages.map((stage) => ({ stage, intercept: pass }))
  const names = (edits: Parameters<typeof arrange<ClientCall>>[2]): string[] =>
    arrange(serviceStages, defaults, edits).map((entry) => entry.stage)

  it('keeps the documented order', () => {
    expect(names([])).toEqual([...serviceStages])
  })

  it('edits by the name of a stage', () => {
    expect(names([{ stage: 'retry', place: 'before', intercept: pass }])).toEqual([
      ...serviceStages.slice(0, -2),
      'before retry',
      'retry',
      'hedge',
    ])
    expect(names([{ stage: 'telemetry', place: 'after', intercept: pass }])[1]).toBe('after telemetry')
    expect(names([{ stage: 'retry', place: 'remove' }])).not.toContain('retry')
    expect(names([{ stage: 'deadline', place: 'replace', intercept: pass }])).toContain('replace deadline')
  })

  it.each(['after', 'replace', 'remove'] as const)('refuses "%s" at a stage that ends a ring', (place) => {
    expect(() => names([{ stage: 'route', place, intercept: pass }])).toThrow(/ends its ring/)
  })
})
