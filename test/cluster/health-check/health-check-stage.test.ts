import { describe, expect, it } from 'vitest'
import { HealthChecker } from '../../../src/cluster/health-check/checker.js'
import { healthCheckStage } from '../../../src/cluster/health-check/health-check-stage.js'
import type { Reply } from '../../../src/core/reply.js'
import { directReply } from '../../../src/core/reply.js'
import { bed, call, hosts } from '../scaffold.js'

const well = (): Promise<Reply> => Promise.resolve(directReply(200))
const leaving = (): Promise<Reply> => Promise.resolve(directReply(200, { 'x-envoy-immediate-health-check-fail': '1' }))

describe('the health check stage', () => {
  async function given() {
    const { cluster, clock, observer, at } = bed(hosts(1))
    const checker = new HealthChecker(cluster, { clock, observer, random: () => 0, send: well })
    checker.configure({ path: '/health' })
    await clock.advance(0)
    const stage = healthCheckStage(checker)
    const endpoint = at(0)
    return { endpoint, send: (next = well) => stage(Object.assign(call(), { endpoint }), next) }
  }

  it('takes an endpoint out as soon as a reply of it asks for that', async () => {
    const { endpoint, send } = await given()
    await send()
    expect(endpoint.unhealthy).toBe(false)
    await send(leaving)
    expect(endpoint.unhealthy).toBe(true)
  })

  it('looks at all replies of an endpoint with one and the same object', async () => {
    const { endpoint, send } = await given()
    await send()
    const watch = endpoint.replyWatch
    await send()
    expect(watch).toBeDefined()
    expect(endpoint.replyWatch).toBe(watch)
  })
})
