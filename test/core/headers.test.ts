import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../src/core/headers.js'

describe('HeaderMap', () => {
  it('finds names in any case and joins repeated values', () => {
    const map = new HeaderMap(['X-A', '1', 'x-b', '2', 'x-a', '3'])
    expect(map.get('x-a')).toBe('1, 3')
    expect(map.getAll('x-a')).toEqual(['1', '3'])
    expect(map.has('x-b')).toBe(true)
    expect(map.get('x-c')).toBeUndefined()
  })

  it('set replaces all values in the place of the first, delete removes all', () => {
    const map = new HeaderMap(['X-A', '1', 'x-b', '2', 'x-a', '3'])
    map.set('x-a', '4')
    expect([...map]).toEqual([
      ['X-A', '4'],
      ['x-b', '2'],
    ])
    map.append('x-b', '5')
    map.delete('X-B')
    expect([...map]).toEqual([['X-A', '4']])
  })

  it.each([null, 5, {}])('a value that is neither text nor a list is refused: %s', (value) => {
    const init = JSON.parse(JSON.stringify({ 'x-a': value }))
    expect(() => HeaderMap.from(init)).toThrow(expect.objectContaining({ code: 'ERR_MESH_BAD_REQUEST' }))
  })

  it('a fork and its origin never see each other change', () => {
    const map = new HeaderMap(['a', '1'])
    const fork = map.fork()
    fork.set('a', '2')
    map.append('b', '3')
    expect([map.get('a'), fork.get('a'), fork.has('b')]).toEqual(['1', '2', false])
  })

  it('never changes a list that belongs to somebody else', () => {
    const theirs = ['a', '1']
    const map = HeaderMap.over(theirs)
    expect(map.raw).toBe(theirs)
    map.set('a', '2')
    expect(theirs).toEqual(['a', '1'])
  })

  it('decodes bytes as Latin-1, also in a fork', () => {
    const map = HeaderMap.fromBytes([Buffer.from('x-é', 'latin1'), Buffer.from('ü', 'latin1')])
    const fork = map.fork()
    expect([map.get('x-é'), fork.get('x-é')]).toEqual(['ü', 'ü'])
  })

  it('finds names among bytes in any case, and assigns after them', () => {
    const headers = HeaderMap.fromBytes(
      ['X-Kept', 'one', 'x-kept', 'two', 'Other', 'three'].map((text) => Buffer.from(text)),
    )
    expect([headers.has('x-kept'), headers.has('x-kep'), headers.get('absent'), headers.get('x-kept')]).toEqual([
      true,
      false,
      undefined,
      'one, two',
    ])
    const bytes = HeaderMap.fromBytes([Buffer.from('X-A'), Buffer.from('1')])
    bytes.assign(['x-b', '2', 'x-c', '3'])
    bytes.assign(['x-b', '4'])
    expect([...bytes.fork()]).toEqual([
      ['X-A', '1'],
      ['x-b', '4'],
      ['x-c', '3'],
    ])
  })

  it('takes objects with lists and undefined values, and pairs', () => {
    expect(HeaderMap.from({ a: ['1', '2'], b: undefined, c: '3' }).raw).toEqual(['a', '1', 'a', '2', 'c', '3'])
    expect(HeaderMap.from(new Map([['a', '1']])).raw).toEqual(['a', '1'])
  })
})
