import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import { isMeshError, type MeshError } from '../../../src/core/errors.js'
import { guarding } from '../../../src/core/guard.js'
import { compose } from '../../../src/core/interceptor.js'
import { attemptTimeoutStage, perTryTimeout, type SoftTimeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, hang, upstream } from '../upstream.js'

function given() {
  const clock = fakeClock()
  const heard: unknown[] = []
  const peer = upstream(hang)
  const judge = guarding<ClientCall>(() => ({
    replied: ({ status }) => void heard.push(status),
    failed: (error) => void heard.push(isMeshError(error) ? error.code : error),
    overdue: ({ code }: MeshError) => void heard.push(`overdue: ${code}`),
  }))
  const other = guarding<ClientCall>(() => ({
    replied: ({ status }) => void heard.push(`other: ${status}`),
    failed: (error) => void heard.push(`other: ${error}`),
  }))
  const soft: SoftTimeout = { afterMs: 100, passed: undefined }
  const call = callTo()
  call.values.set(perTryTimeout, soft)
  const send = compose<ClientCall>([judge, other, attemptTimeoutStage(100, { clock })], peer.handler)
  return { clock, heard, peer, soft, call, send }
}

describe('a soft per-try timeout', () => {
  it('is told to who judges as it passes, and ends nothing', async () => {
    const { clock, heard, peer, soft, call, send } = given()
    const reply = send(call)
    await clock.advance(99)
    expect(heard).toEqual([])
    await clock.advance(9)
    expect(heard).toEqual(['overdue: ERR_MESH_ATTEMPT_TIMEOUT'])
    expect(soft.passed).toMatchObject({ origin: 'upstream', phase: 'headers', attempts: 1 })
    expect(call.cancelled).toBe(false)
    peer.last.headers(200).end()
    await reply
    expect(heard).toEqual(['overdue: ERR_MESH_ATTEMPT_TIMEOUT', 'other: 200', 200])
  })

  it('is the only failure that who judges hears of', async () => {
    const { clock, heard, call, send } = given()
    const reply = expect(send(call)).rejects.toBe('given up')
    await clock.advance(110)
    call.cancel('given up')
    await reply
    expect(heard).toEqual(['overdue: ERR_MESH_ATTEMPT_TIMEOUT', 'other: given up'])
  })

  it('is told once, though the blame is taken back before the attempt is given up', async () => {
    const { clock, heard, soft, call, send } = given()
    const reply = expect(send(call)).rejects.toBe('given up')
    await clock.advance(110)
    soft.passed = undefined
    call.cancel('given up')
    await reply
    expect(heard).toEqual(['overdue: ERR_MESH_ATTEMPT_TIMEOUT', 'other: given up'])
  })

  it('is none for what fails or is answered before it', async () => {
    const [failing, answered] = [given(), given()]
    const failure = expect(failing.send(failing.call)).rejects.toThrow()
    failing.peer.last.fail('ERR_MESH_CONNECT')
    await failure
    const reply = answered.send(answered.call)
    answered.peer.last.headers(200).end()
    await reply
    for (const { clock } of [failing, answered]) await clock.advance(200)
    expect([failing.soft.passed, answered.soft.passed]).toEqual([undefined, undefined])
    expect(answered.heard).toEqual(['other: 200', 200])
    expect(failing.heard.at(-1)).toBe('ERR_MESH_CONNECT')
  })

  it('blames nobody while the caller has more to send', async () => {
    const { clock, heard, peer, soft, call, send } = given()
    const reply = send(call)
    peer.last.phase = 'upload'
    await clock.advance(110)
    expect([heard, soft.passed]).toEqual([[], undefined])
    peer.last.headers(200).end()
    await reply
  })

  it('has no effect where the deadline comes first', async () => {
    const { clock, heard, peer, soft, call, send } = given()
    call.deadline = clock.now() + 100
    const reply = send(call)
    await clock.advance(200)
    expect([heard, soft.passed]).toEqual([[], undefined])
    peer.last.headers(200).end()
    await reply
  })
})
