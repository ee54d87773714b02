import { describe, expect, it } from 'vitest'
import type { RouteMatch } from '../../src/routing/index.js'
import { RouteTable } from '../../src/routing/route-table.js'
import { call, type Sketch } from './scaffold.js'

const workload = { namespace: 'shop', labels: { app: 'web', version: 'v1' } }

const matches = (match: RouteMatch, sketch: Sketch): boolean =>
  new RouteTable([{ name: 'it', match: [match] }], workload).find(call(sketch)) !== undefined

const cases: [RouteMatch, Sketch, boolean][] = [
  [{}, {}, true],
  [{ path: '/a' }, { path: '/a' }, true],
  [{ path: '/a' }, { path: '/a?b=1' }, true],
  [{ path: '/a' }, { path: '/A' }, false],
  [{ path: '/a' }, { path: '/a/' }, false],
  [{ path: '/a%2Fb' }, { path: '/a/b' }, false],
  [{ path: { exact: '/a', ignoreCase: true } }, { path: '/A' }, true],
  [{ path: { prefix: '/foo' } }, { path: '/foobar' }, true],
  [{ path: { prefix: '/foo' } }, { path: '/fo' }, false],
  [{ path: { prefix: '/foo' } }, { path: '/x?/foo' }, false],
  [{ path: { prefix: '/FOO', ignoreCase: true } }, { path: '/foo/bar' }, true],
  [{ path: { regex: '/v[12]/.*' } }, { path: '/v1/x?y' }, true],
  [{ path: { regex: '/v[12]' } }, { path: '/v1/x' }, false],
  [{ path: { regex: 'v1' } }, { path: '/v1' }, false],
  [{ path: { exact: '/a', not: true } }, { path: '/b' }, true],
  [{ path: { exact: '/a', not: true } }, { path: '/a' }, false],
  [{ method: 'GET' }, { method: 'GET' }, true],
  [{ method: 'get' }, { method: 'GET' }, false],
  [{ method: { regex: 'GET|HEAD' } }, { method: 'HEAD' }, true],
  [{ headers: { 'X-Canary': 'true' } }, { headers: { 'x-canary': 'true' } }, true],
  [{ headers: { 'x-canary': 'true' } }, { headers: { 'X-Canary': 'True' } }, false],
  [{ headers: { 'x-canary': 'true' } }, {}, false],
  [{ headers: { 'x-canary': { present: true } } }, { headers: { 'x-canary': '' } }, true],
  [{ headers: { 'x-canary': { present: true } } }, {}, false],
  [{ headers: { 'x-canary': { present: false } } }, {}, true],
  [{ headers: { 'x-canary': { exact: 'true', not: true } } }, {}, true],
  [{ headers: { a: 'b,c' } }, { headers: { a: ['b', 'c'] } }, false],
  [{ headers: { a: 'b,c' } }, { headers: { a: 'b,c' } }, true],
  [{ headers: { a: 'b, c' } }, { headers: { a: 'b, c' } }, true],
  [{ headers: { a: 'b' } }, { headers: { a: ['b', 'c'] } }, true],
  [{ headers: { host: 'reviews' } }, {}, true],
  [{ headers: { ':authority': 'reviews' } }, {}, true],
  [{ headers: { ':path': '/a?b' } }, { path: '/a?b' }, true],
  [{ headers: { ':path': '/a' } }, { path: '/a?b' }, false],
  [{ headers: { ':method': { exact: 'GET', not: true } } }, { method: 'PUT' }, true],
  [{ headers: { ':scheme': { prefix: 'https' } } }, {}, false],
  [{ headers: { a: '1', b: '2' } }, { headers: { a: '1' } }, false],
  [{ headers: { a: '1', b: '2' } }, { headers: { a: '1', b: '2' } }, true],
  [{ query: { page: '1' } }, { path: '/?page=1&page=2' }, true],
  [{ query: { page: '2' } }, { path: '/?page=1&page=2' }, false],
  [{ query: { page: { present: true } } }, { path: '/?page' }, true],
  [{ query: { page: '' } }, { path: '/?page=' }, true],
  [{ query: { page: '' } }, { path: '/' }, false],
  [{ scheme: 'https' }, { url: 'https://reviews/' }, true],
  [{ scheme: 'https' }, { url: 'http://reviews/' }, false],
  [{ authority: 'reviews:8080' }, { url: 'http://reviews:8080/' }, true],
  [{ authority: 'reviews' }, { url: 'http://reviews:8080/' }, false],
  [{ authority: { prefix: 'rev' } }, { url: 'http://Reviews/' }, false],
  [{ path: { prefix: '/a' }, method: 'POST', query: { k: '1' } }, { path: '/ab?k=1', method: 'POST' }, true],
  // By whole segments (mesh.md 7.1).
  [{ path: { pathPrefix: '/abc' } }, { path: '/abc' }, true],
  [{ path: { pathPrefix: '/abc' } }, { path: '/abc/' }, true],
  [{ path: { pathPrefix: '/abc' } }, { path: '/abc/d?x' }, true],
  [{ path: { pathPrefix: '/abc' } }, { path: '/abcd' }, false],
  [{ path: { pathPrefix: '/abc' } }, { path: '/ABC' }, false],
  [{ path: { pathPrefix: '/abc/' } }, { path: '/abc' }, true],
  [{ path: { pathPrefix: '/abc/' } }, { path: '/abc/d' }, true],
  [{ path: { pathPrefix: '/abc/' } }, { path: '/abcd' }, false],
  [{ path: { pathPrefix: '/' } }, { path: '/' }, true],
  [{ path: { pathPrefix: '/' } }, { path: '/x/y' }, true],
  // Any path begins so.
  [{ path: { prefix: '/' } }, { path: '/x' }, true],
  [{ path: { prefix: '/', not: true } }, { path: '/x' }, false],
  // A repeated header is one value; Envoy's `cookie` has its own glue, and blanks around a value are not of it.
  [{ headers: { cookie: 'a=1; b=2' } }, { headers: { cookie: ['a=1', 'b=2'] } }, true],
  [{ headers: { cookie: { regex: '(.*; )?b=2' } } }, { headers: { cookie: ['a=1', 'b=2'] } }, true],
  [{ headers: { a: ',c' } }, { headers: { a: ['', 'c'] } }, false],
  [{ headers: { a: 'b' } }, { headers: { a: ' b\t' } }, true],
  // Without: a turned test of a value takes a missing header for an empty one.
  [{ headers: { a: { exact: 'b', not: true } } }, { headers: { a: 'b' } }, false],
  [{ headers: { a: { exact: 'b', not: true } } }, { headers: { a: ['b', 'c'] } }, false],
  [{ headers: { a: { exact: 'd', not: true } } }, { headers: { a: ['b', 'c'] } }, true],
  [{ headers: { a: { exact: '', not: true } } }, {}, false],
  [{ headers: { a: { exact: '', not: true } } }, { headers: { a: 'x' } }, true],
  [{ headers: { a: { regex: 'b*', not: true } } }, {}, false],
  [{ headers: { a: { present: true, not: true } } }, {}, true],
  [{ headers: { a: { present: true, not: true } } }, { headers: { a: '' } }, false],
  [{ query: { k: 'a%20b' } }, { path: '/?k=a%20b' }, true],
  [{ query: { k: 'a b' } }, { path: '/?k=a%20b' }, false],
  [{ query: { k: { prefix: 'a' } } }, { path: '/?k=ab' }, true],
  // The calling workload is in `shop` and is labelled app=web, version=v1.
  [{ sourceNamespace: 'shop' }, {}, true],
  [{ sourceNamespace: 'elsewhere' }, {}, false],
  [{ sourceLabels: { app: 'web' } }, {}, true],
  [{ sourceLabels: { app: 'web', version: 'v2' } }, {}, false],
  [{ sourceLabels: { constructor: 'x' } }, {}, false],
  [{ path: { prefix: '/a' }, method: 'POST', query: { k: '1' } }, { path: '/ab?k=1', method: 'PUT' }, false],
]

describe('a match', () => {
  it.each(cases)('%j with %j: %s', (match, sketch, expected) => {
    expect(matches(match, sketch)).toBe(expected)
  })

  it('refuses what RE2 refuses', () => {
    expect(() => new RouteTable([{ name: 'it', match: [{ path: { regex: '(?=a)' } }] }])).toThrow()
  })
})
