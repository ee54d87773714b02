import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { HeaderMap } from '../../../src/core/headers.js'
import { compileFormat } from '../../../src/routing/action/format.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { call } from '../scaffold.js'

const one = call({
  method: 'POST',
  url: 'http://reviews:8080/a/b?x=1&y&z=%C3%A9%2',
  headers: {
    'x-user': ['alice', 'bob'],
    'x-blank': ' b ',
    'x-forwarded-for': '1.2.3.4, 10.0.0.9',
    'x-envoy-original-path': '/old?x=1',
  },
})
one.route = { name: 'canary' }
one.destination = { name: 'reviews|v2', service: 'reviews', subset: 'v2', attempt: () => Promise.reject(new Error()) }
const answer = HeaderMap.from({ 'x-up': 'u', 'grpc-status': '5' })
const clock = fakeClock({ wallMs: Date.UTC(2026, 7, 9, 1, 2, 3, 45) })

describe('a header value', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['100%%', '100%'],
    ['%%REQ(x-user)%%', '%REQ(x-user)%'],
    ['%REQ(x-user)%', 'alice'],
    ['%REQ(X-User)%', 'alice'],
    ['%REQ(x-blank)%', 'b'],
    ['<%REQ(x-user)%/%REQ(:method)%>', '<alice/POST>'],
    ['%REQ(missing)%', ''],
    ['%REQ(missing?x-user)%', 'alice'],
    ['%REQ(missing?:path)%', '/a/b?x=1&y&z=%C3%A9%2'],
    ['%REQ(x-user?missing)%', 'alice'],
    ['%REQ(x-user):3%', 'ali'],
    ['%REQ(:authority)%', 'reviews:8080'],
    ['%REQ(host)%', 'reviews:8080'],
    ['%REQ(:scheme)%', 'http'],
    ['%RESP(x-up)%', 'u'],
    ['%RESP(missing?x-up)%', 'u'],
    ['%PROTOCOL%', 'HTTP/1.1'],
    ['%RESPONSE_CODE%', '503'],
    ['%GRPC_STATUS%', '5'],
    ['%HOSTNAME%', hostname()],
    ['%ROUTE_NAME%', 'canary'],
    ['%UPSTREAM_CLUSTER%', 'reviews|v2'],
    ['%UPSTREAM_HOST%', ''],
    ['%PATH%', '/old?x=1'],
    ['%PATH(NQ)%', '/old'],
    ['%PATH(WQ:PATH)%', '/a/b?x=1&y&z=%C3%A9%2'],
    ['%PATH(NQ:PATH)%', '/a/b'],
    ['%PATH(WQ:ORIG)%', '/old?x=1'],
    ['%QUERY_PARAM(x)%', '1'],
    ['%QUERY_PARAM(z)%', 'é%2'],
    ['%UPSTREAM_PROTOCOL%', ''],
    ['%UPSTREAM_REQUEST_ATTEMPT_COUNT%', '0'],
    ['%START_TIME%', '2026-08-09T01:02:03.045Z'],
    ['%START_TIME(%s.%3f)%', '1786237323.045'],
    ['%START_TIME(%Y/%m/%d %H:%M:%S%%)%', '2026/08/09 01:02:03%'],
    ['%START_TIME(%E3S)%', '03.045'],
    ['%DOWNSTREAM_REMOTE_ADDRESS%', '10.0.0.9:0'],
    ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '10.0.0.9'],
    ['%DOWNSTREAM_PEER_URI_SAN%', ''],
    ['%DYNAMIC_METADATA(a:b)%', ''],
    ['%TRAILER(x)%', ''],
  ])('%s becomes "%s"', (text, expected) => {
    expect(compileFormat(text, clock).format(one, answer, 503)).toBe(expected)
  })

  it('knows the client of a gateway, and without any caller names this process', () => {
    const plain = call()
    const { format } = compileFormat('%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%')
    expect(format(plain, undefined, 0)).toBe('127.0.0.1')
    plain.clientAddress = '192.0.2.7'
    expect(format(plain, undefined, 0)).toBe('192.0.2.7')
  })

  it('tells a call which has not been rewritten by the path that it has, and that its first attempt is to come', () => {
    const { format } = compileFormat('%PATH% %PATH(WQ:ORIG)%/%UPSTREAM_REQUEST_ATTEMPT_COUNT%')
    expect(format(call({ path: '/a?b' }), undefined, 0)).toBe('/a?b /1')
  })

  it('tells the endpoint once there is one', () => {
    const sent = call()
    sent.tried = [{ id: '10.0.0.1:80', scheme: 'http', host: '10.0.0.1', port: 80, origin: 'http://10.0.0.1:80' }]
    expect(compileFormat('%UPSTREAM_HOST% %UPSTREAM_PROTOCOL%').format(sent, answer, 200)).toBe('10.0.0.1:80 HTTP/1.1')
  })

  it.each([
    ['%', /begins no command/],
    ['50% off', /begins no command/],
    ['%req(x)%', /begins no command/],
    ['%REQ(x%', /begins no command/],
    ['%WHAT%', /unknown command %WHAT%/],
    ['%constructor%', /begins no command/],
    ['%REQ%', /%REQ% needs an argument/],
    ['%REQ(a?b?c)%', /at most one/],
    ['%PATH(XQ)%', /takes WQ or NQ/],
    ['%START_TIME(%Q)%', /does not know %Q/],
  ])('cannot be %s', (text, expected) => {
    expect(() => compileFormat(text)).toThrow(expected)
  })
})
