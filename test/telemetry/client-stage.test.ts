import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../src/core/call.js'
import { MeshError } from '../../src/core/errors.js'
import { compose } from '../../src/core/interceptor.js'
import { Observer } from '../../src/core/observer.js'
import { directReply, type Reply } from '../../src/core/reply.js'
import { Telemetry } from '../../src/telemetry/telemetry.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { openReply, outbound, toSubset } from './calls.js'
import { scraped } from './exposition.js'

function setup(answer: (call: ClientCall) => Promise<Reply>) {
  const clock = fakeClock()
  const telemetry = new Telemetry({ workload: { name: 'checkout' }, observer: new Observer(), clock })
  const { service, attempt } = telemetry.service({ name: 'reviews' })
  return {
    clock,
    send: compose([service, attempt], answer),
    value: (name: string, labels?: Record<string, string>) => scraped(telemetry.metrics.registry, name, labels),
  }
}

type Value = ReturnType<typeof setup>['value']

async function outcomes(value: Value): Promise<Record<string, number | undefined>> {
  const names = ['success', 'failure', 'ignored', 'rejected', 'aborted']
  const counted = await Promise.all(names.map((outcome) => value('mesh_client_requests_total', { outcome })))
  return Object.fromEntries(names.flatMap((name, i) => (counted[i] ? [[name, counted[i]]] : [])))
}

describe('telemetry of a logical call', () => {
  it.each<[number, string]>([
    [200, 'success'],
    [302, 'success'],
    [404, 'ignored'],
    [503, 'failure'],
  ])('counts a reply of %i as %s', async (status, outcome) => {
    const { send, value } = setup(() => Promise.resolve(directReply(status)))
    await send(outbound())
    expect(await outcomes(value)).toEqual({ [outcome]: 1 })
    expect(await value('istio_requests_total', { response_code: String(status), response_flags: '-' })).toBe(1)
  })

  it.each<[MeshError, string, string, string]>([
    [new MeshError('ERR_MESH_CIRCUIT_OPEN', 'x'), 'rejected', '503', 'UO'],
    [new MeshError('ERR_MESH_NO_ROUTE', 'x'), 'rejected', '404', 'NR'],
    [new MeshError('ERR_MESH_CONNECT', 'x'), 'failure', '503', 'UF'],
    [new MeshError('ERR_MESH_TIMEOUT', 'x'), 'failure', '504', 'UT'],
    [new MeshError('ERR_MESH_ABORTED', 'x'), 'aborted', '0', 'DC'],
  ])('counts %s as %s, %s %s, and passes it on', async (error, outcome, code, flag) => {
    const { send, value } = setup(() => Promise.reject(error))
    await expect(send(outbound())).rejects.toBe(error)
    expect(await outcomes(value)).toEqual({ [outcome]: 1 })
    expect(await value('istio_requests_total', { response_code: code, response_flags: flag })).toBe(1)
  })

  it("counts a caller's own abort reason as aborted", async () => {
    const reason = new Error('enough')
    const { send, value } = setup((call) => {
      call.cancel(reason)
      return Promise.reject(reason)
    })
    await expect(send(outbound())).rejects.toBe(reason)
    expect(await outcomes(value)).toEqual({ aborted: 1 })
    expect(await value('istio_requests_total', { response_code: '0', response_flags: 'DC' })).toBe(1)
  })

  it('lasts until the body ends, not until headers arrive', async () => {
    const reply = openReply(200)
    const { send, value, clock } = setup(() => Promise.resolve(reply))
    await send(outbound())
    await clock.advance(40)
    expect(await value('istio_requests_total')).toBeUndefined()
    reply.body.complete(undefined)
    expect(await value('istio_request_duration_milliseconds_sum')).toBe(40)
    expect(await value('mesh_client_request_duration_seconds_sum')).toBe(0.04)
  })

  it('counts a truncated body as a failure, with the status that came and the flag of the cut', async () => {
    const reply = openReply(200)
    const { send, value } = setup(() => Promise.resolve(reply))
    await send(outbound())
    reply.body.fail(new MeshError('ERR_MESH_TRUNCATED', 'cut'))
    expect(await outcomes(value)).toEqual({ failure: 1 })
    expect(await value('istio_requests_total', { response_code: '200', response_flags: 'UPE' })).toBe(1)
  })

  it('tells what a call waited for when its deadline passed', async () => {
    const { send, value } = setup(() => Promise.reject(new MeshError('ERR_MESH_TIMEOUT', 'x', { phase: 'queue' })))
    await expect(send(outbound())).rejects.toThrow()
    expect(await value('mesh_deadline_exceeded_total', { service: 'reviews', phase: 'queue' })).toBe(1)
  })

  it('reports the subset that the route has drawn', async () => {
    const { send, value } = setup((call) => {
      call.destination = toSubset('v2')
      return Promise.resolve(directReply(200))
    })
    await send(outbound())
    expect(await value('istio_requests_total', { destination_version: 'v2' })).toBe(1)
  })

  it('counts attempts apart from calls', async () => {
    const clock = fakeClock()
    const telemetry = new Telemetry({ workload: { name: 'checkout' }, observer: new Observer(), clock })
    const { service, attempt } = telemetry.service({ name: 'reviews' })
    const endpoint = compose([attempt], () => Promise.resolve(directReply(200)))
    const send = compose([service], async (call) => {
      for (let i = 0; i < 2; i++) {
        const retry = call.fork()
        retry.attempt = i
        await endpoint(retry)
      }
      return endpoint(Object.assign(call.fork(), { attempt: 2 }))
    })
    await send(outbound())
    const value = (reason: string) => scraped(telemetry.metrics.registry, 'mesh_client_attempts_total', { reason })
    expect([await value('initial'), await value('retry')]).toEqual([1, 2])
  })

  it('shows a service that is called what its first incident would add to, at 0', async () => {
    const { send, value } = setup(() => Promise.resolve(directReply(200)))
    await send(outbound())
    expect([
      await value('mesh_client_requests_total', { outcome: 'failure' }),
      await value('mesh_client_requests_total', { outcome: 'rejected' }),
      await value('mesh_client_attempts_total', { reason: 'retry' }),
    ]).toEqual([0, 0, 0])
  })

  it('counts copies apart from attempts, by the service that gets them', async () => {
    const telemetry = new Telemetry({ workload: { name: 'checkout' }, observer: new Observer(), clock: fakeClock() })
    const copies = telemetry.service({ name: 'reviews' }).copies('shadow')
    await compose([copies], () => Promise.resolve(directReply(200)))(outbound())
    const value = (labels: Record<string, string>) =>
      scraped(telemetry.metrics.registry, 'mesh_client_attempts_total', labels)
    expect([
      await value({ service: 'shadow', reason: 'mirror' }),
      await value({ service: 'reviews', reason: 'initial' }),
    ]).toEqual([1, undefined])
  })
})
