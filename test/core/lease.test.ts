import { describe, expect, it, vi } from 'vitest'
import { MeshError } from '../../src/core/errors.js'
import { Lease } from '../../src/core/lease.js'

describe('Lease', () => {
  it('releases everything exactly once, last held first', () => {
    const order: string[] = []
    const lease = new Lease()
    for (const name of ['span', 'permit', 'timer']) lease.hold({ release: () => order.push(name) })
    lease.end()
    lease.end(new MeshError('ERR_MESH_RESET', 'late'))
    expect(order).toEqual(['timer', 'permit', 'span'])
    expect(lease.error).toBeUndefined()
  })

  it('releases at once what is held after the end, with how it ended', () => {
    const lease = new Lease()
    const error = new MeshError('ERR_MESH_TRUNCATED', 'cut')
    lease.end(error)
    let seen: unknown
    lease.hold({ release: (how) => (seen = how) })
    expect(seen).toBe(error)
  })

  it('releases everything, also when a hook throws', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const lease = new Lease()
    const permit = { release: vi.fn() }
    lease.hold(permit)
    lease.hold({
      release: () => {
        throw new Error('broken')
      },
    })
    lease.end()
    expect(permit.release).toHaveBeenCalledOnce()
    expect(warn).toHaveBeenCalledOnce()
    warn.mockRestore()
  })
})
