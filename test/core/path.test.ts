import { describe, expect, it } from 'vitest'
import { canonicalPath } from '../../src/core/path.js'

describe('canonicalPath', () => {
  const rows: [string, string][] = [
    ['/admin', '/admin'],
    ['/admin/', '/admin/'],
    ['//admin', '/admin'],
    ['///a//b', '/a/b'],
    ['/%61dmin', '/admin'],
    ['/%7Euser', '/~user'],
    ['/./admin', '/admin'],
    ['/x/../admin', '/admin'],
    ['/public/%2e%2E/admin', '/admin'],
    ['/a/..', '/'],
    ['/../../etc', '/etc'],
    ['/a/.', '/a/'],
    ['/admin#x', '/admin'],
    ['/admin?x=/../y', '/admin'],
    ['/public/\\admin', '/public/admin'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/adm%EF%BC%8Fsecret', '/adm%EF%BC%8Fsecret'],
    ['/a b'.replace(' ', '%20'), '/a%20b'],
    ['*', '*'],
  ]
  it.each(rows)('%s is %s', (target, path) => {
    expect(canonicalPath(target).path).toBe(path)
  })

  const refused = [
    '/admin%2fsecret',
    '/admin%5Csecret',
    '/public/..%2fadmin',
    '/admin%252fsecret',
    '/%252e%252e/admin',
    '/admin%00',
    '/admin%0a',
    '/%zz',
    '/%',
    '/%ff',
    '/%c0%ae',
    '/a b',
    '/ä',
    'admin',
    '\\admin',
    '',
  ]
  it.each(refused)('refuses %j, which can be read in two ways', (target) => {
    expect(() => canonicalPath(target)).toThrow(expect.objectContaining({ code: 'ERR_MESH_BAD_PATH', status: 400 }))
  })

  it('refuses a long target with 414 at once', () => {
    expect(() => canonicalPath(`/${'a/'.repeat(32_000)}`)).toThrow(expect.objectContaining({ status: 414 }))
  })

  it('knows the forms that a router might dispatch to the same handler', () => {
    expect(canonicalPath('/Admin/;x=1').aliases).toEqual(expect.arrayContaining(['/admin', '/Admin/']))
    expect(canonicalPath('/admin;x=1').aliases).toContain('/admin')
    expect(canonicalPath('/a/b').aliases).toEqual(['/a/b'])
    expect(canonicalPath('/admin/%2e%2e/public').aliases).toEqual(['/admin/../public', '/public'])
  })

  it('knows the path that an application reads after a host, which a target that begins with two slashes has', () => {
    const read = (target: string): string => new URL(target, 'http://localhost').pathname
    for (const target of ['//x/admin', '///x/admin', '/\\x/admin', '//x/y/../admin', '//x', '//x/..', '//admin/../..'])
      expect([target, canonicalPath(target).aliases]).toEqual([target, expect.arrayContaining([read(target)])])
    expect(canonicalPath('/x//y').aliases).toEqual(['/x/y'])
  })

  it('knows what handlers get of a path with escapes; the last form is the plainest', () => {
    const { path, aliases } = canonicalPath('/Users/a%40b/')
    expect(path).toBe('/Users/a%40b/')
    expect(aliases).toEqual(expect.arrayContaining(['/Users/a@b/', '/users/a%40b']))
    for (const target of ['/Users/a%40b/', '/users/a@b', '//users/a%40b%20', '/users/./a%40b;x', '//x/../users/a@b'])
      expect(canonicalPath(target).aliases.at(-1)).toBe('/users/a@b')
  })

  it('keeps the query as it came', () => {
    expect(canonicalPath('/a?b=%2f&c#d').query).toBe('b=%2f&c#d')
    expect(canonicalPath('/a').query).toBe('')
  })
})

it('takes no longer for many escaped spaces than for as many letters: they are looked at once', () => {
  const timeOf = (path: string): number => {
    const began = performance.now()
    for (let i = 0; i < 5; i++) canonicalPath(path)
    return performance.now() - began
  }
  const spaces = `/${'%20'.repeat(5_300)}x`
  timeOf(spaces)
  expect(timeOf(spaces)).toBeLessThan(20 * timeOf(`/${'%c3%a9'.repeat(2_650)}x`))
})
