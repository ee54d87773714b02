import { expect, it } from 'vitest'
import type { RedirectOptions } from '../../../src/routing/action/options.js'
import { compileRedirect } from '../../../src/routing/action/redirect.js'
import { call } from '../scaffold.js'

it.each<[RedirectOptions, string, string, string | undefined]>([
  [{ path: '/api/v2' }, 'http://reviews/api?debug', 'http://reviews/api/v2?debug', undefined],
  [{ path: '/api/v2' }, 'http://reviews:80/api', 'http://reviews:80/api/v2', undefined],
  [{ path: '/api/v2' }, 'http://reviews:8080/api?debug=', 'http://reviews:8080/api/v2?debug=', undefined],
  [{ path: '/v2?only=this' }, 'http://reviews/api?debug', 'http://reviews/v2?only=this', undefined],
  [{ path: 'v2' }, 'http://reviews/api', 'http://reviews/v2', undefined],
  [{ authority: 'other' }, 'http://Reviews:8080/a//b?x=1&x=2', 'http://other/a//b?x=1&x=2', undefined],
  [{ authority: 'other:8443' }, 'http://reviews/a', 'http://other:8443/a', undefined],
  [{ scheme: 'https' }, 'http://reviews/a', 'https://reviews/a', undefined],
  // The port of a scheme that is not kept goes; any other stays.
  [{ scheme: 'https' }, 'http://reviews:80/a', 'https://reviews/a', undefined],
  [{ scheme: 'https' }, 'http://reviews:8080/a', 'https://reviews:8080/a', undefined],
  [{ scheme: 'http' }, 'https://reviews:443/a', 'http://reviews/a', undefined],
  [{ scheme: 'https', path: '/' }, 'http://reviews:8080/search?Q=x', 'https://reviews:8080/?Q=x', undefined],
  [{ port: 8443 }, 'http://reviews/a', 'http://reviews:8443/a', undefined],
  [{ port: 8443 }, 'http://reviews:8080/a', 'http://reviews:8443/a', undefined],
  [{ port: 80 }, 'http://reviews:8080/a', 'http://reviews/a', undefined],
  [{ port: 443, scheme: 'https' }, 'http://reviews:8080/a', 'https://reviews/a', undefined],
  [{ port: 80, scheme: 'https' }, 'http://reviews/a', 'https://reviews:80/a', undefined],
  [{ port: 'scheme' }, 'http://reviews:8080/a', 'http://reviews/a', undefined],
  [{ port: 'scheme', authority: 'other:9' }, 'https://reviews/a', 'https://other/a', undefined],
  [{ port: 'request', authority: 'other' }, 'http://reviews:8080/a', 'http://other:8080/a', undefined],
  [{ port: 'request', authority: 'other' }, 'http://reviews/a', 'http://other/a', undefined],
  [{ port: 8443 }, 'http://[::1]:8080/a', 'http://[::1]:8443/a', undefined],
  [{ port: 8443 }, 'http://[::1]/a', 'http://[::1]:8443/a', undefined],
  [{ pathPrefix: '/xyz' }, 'http://reviews/foo/bar?q', 'http://reviews/xyz/bar?q', '/foo'],
  [{ pathPrefix: '/' }, 'http://reviews/foo/bar', 'http://reviews/bar', '/foo'],
])('%j sends %s to %s', (options, url, location, prefix) => {
  expect(compileRedirect(options)(call({ url }), prefix)).toBe(location)
})
