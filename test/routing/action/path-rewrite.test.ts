import { describe, expect, it } from 'vitest'
import type { RewriteOptions } from '../../../src/routing/action/options.js'
import { compilePathRewrite, rewriteTarget } from '../../../src/routing/action/path-rewrite.js'

function rewritten(options: RewriteOptions, target: string, prefix?: string): string {
  const rewrite = compilePathRewrite(options)
  return rewrite === undefined ? target : rewriteTarget(target, rewrite, prefix)
}

describe('a rewrite', () => {
  it.each([
    ['/foo/bar', '/foo', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo', '/xyz/', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz', '/xyz/bar'],
    ['/foo/bar', '/foo/', '/xyz/', '/xyz/bar'],
    ['/foo', '/foo', '/xyz', '/xyz'],
    ['/foo/', '/foo', '/xyz', '/xyz/'],
    ['/foo/bar', '/foo', '', '/bar'],
    ['/foo/', '/foo', '', '/'],
    ['/foo', '/foo', '', '/'],
    ['/foo/', '/foo', '/', '/'],
    ['/foo', '/foo', '/', '/'],
    ['/foo/bar?q=/foo', '/foo', '/xyz', '/xyz/bar?q=/foo'],
    ['/a/b', '', '/xyz', '/xyz/a/b'],
  ])(
    'by segments: %s, matched by %s, with %s becomes %s (table of mesh.md 7.2)',
    (path, prefix, pathPrefix, expected) => {
      expect(rewritten({ pathPrefix }, path, prefix)).toBe(expected)
    },
  )

  it.each<[RewriteOptions, string, string | undefined, string]>([
    // A prefix gives way for what is written, as it is written.
    [{ matched: '/' }, '/items/42?api=/api/v1', '/items', '//42?api=/api/v1'],
    [{ matched: '/rewritten' }, '/api/v1', '/', '/rewrittenapi/v1'],
    [{ matched: '/r/' }, '/a//b', '/', '/r/a//b'],
    [{ matched: '/bar' }, '/FOObar', '/foo', '/barbar'],
    [{ matched: '' }, '/foo/x', '/foo', '/x'],
    // Anything else gives way as a whole.
    [{ matched: '/' }, '/items/42?api=/api/v1', undefined, '/?api=/api/v1'],
    [{ path: '/new' }, '/a/b?q', '/a', '/new?q'],
    [{ path: '/new' }, '/a/b', undefined, '/new'],
    [{ regex: { pattern: '/api', substitution: '/x' } }, '/api/api?q=/api', undefined, '/x/x?q=/api'],
    [
      { regex: { pattern: '/items/(\\d+)(.*)', substitution: '/things/\\1/of\\2' } },
      '/items/42/x',
      undefined,
      '/things/42/of/x',
    ],
    [{ regex: { pattern: '/items/(\\d+)(.*)', substitution: '/things/\\1' } }, '/items/abc', undefined, '/items/abc'],
    [{ regex: { pattern: '^/x', substitution: '' } }, '/xy', undefined, '/y'],
    // RE2 replaces no empty match right behind another one.
    [{ regex: { pattern: '.*', substitution: '/all' } }, '/a/b?q', undefined, '/all?q'],
    [{ regex: { pattern: 'b*', substitution: '/' } }, '/abba', undefined, '///a/a/'],
    [{ authority: 'inner' }, '/a?q', '/a', '/a?q'],
  ])('%j of %s, matched by %s, becomes %s', (options, target, prefix, expected) => {
    expect(rewritten(options, target, prefix)).toBe(expected)
  })
})
