import { expect, it } from 'vitest'
import { sidecarPath } from '../../src/routing/sidecar-path.js'

it.each([
  ['/', '/'],
  ['/api/v1?x=%61&y=../', '/api/v1?x=%61&y=../'],
  ['/%61pi', '/api'],
  ['/api/%76%31', '/api/v1'],
  ['/a%2Fb', '/a%2Fb'],
  ['/a%2fb/c', '/a%2fb/c'],
  ['/a//b', '/a//b'],
  ['/caf%C3%A9', '/caf%C3%A9'],
  ['/api*', '/api*'],
  ['/api/v1;v=1', '/api/v1;v=1'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/a/..', '/'],
  ['/a/.', '/a/'],
  ['/../../a', '/a'],
  ['/a/%2e%2E/b', '/b'],
  ['/a/.%2e/b?q=%2e', '/b?q=%2e'],
  ['/a//../b', '/a/b'],
  ['/a\\b', '/a/b'],
  ['/a/..\\b', '/b'],
  ['/a.b/.c/d..', '/a.b/.c/d..'],
  ['/a...b', '/a...b'],
  ['/a"b', '/a%22b'],
  ['/%', '/%'],
  ['/%zz%6', '/%zz%6'],
])('%s becomes %s', (target, expected) => {
  expect(sidecarPath(target)).toBe(expected)
})
