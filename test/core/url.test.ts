import { describe, expect, it } from 'vitest'
import { hostOf, pathOf, portOf, splitUrl } from '../../src/core/url.js'

describe('splitUrl', () => {
  it.each([
    ['http://a.b/x?y#z', { scheme: 'http', authority: 'a.b', path: '/x?y' }],
    ['https://a:8443', { scheme: 'https', authority: 'a:8443', path: '/' }],
    ['http://a?x=1', { scheme: 'http', authority: 'a', path: '/?x=1' }],
    ['http://[::1]:80/a%2Fb/../c', { scheme: 'http', authority: '[::1]:80', path: '/a%2Fb/../c' }],
  ])('%s', (url, target) => {
    expect(splitUrl(url)).toEqual(target)
  })

  it.each([
    'ftp://a/',
    '/a',
    'http:///x',
    'http://u:p@a/',
    'http://a b/',
    'http://a/ b',
    'http://a:65536/',
    'http://a:0/',
    'http://a:b/',
    'http://:80/',
    'http://::1:80/',
    'http://[::1/',
  ])('refuses %s', (url) => {
    expect(() => splitUrl(url)).toThrow(expect.objectContaining({ code: 'ERR_MESH_BAD_PATH' }))
  })

  it.each([
    ['A.b.:80', 'a.b', 80],
    ['[::1]:8080', '::1', 8080],
    ['[::1]', '::1', 80],
    ['a', 'a', 80],
  ])('%s is host %s at port %d', (authority, host, port) => {
    expect([hostOf(authority), portOf(authority, 'http')]).toEqual([host, port])
  })

  it.each([
    ['/a', '/a'],
    ['/a?b=/c', '/a'],
    ['/?', '/'],
  ])('the path of %s is %s', (target, path) => {
    expect(pathOf(target)).toBe(path)
  })
})
