import { describe, expect, it } from 'vitest'
import { authorize } from '../../../src/auth/authorization/index.js'
import { inbound, run } from '../scaffold.js'

/** Reliability matrix 3c: P1 denies /admin and below, P2 allows only what is below /public. */
const p1 = authorize([{ action: 'deny', rules: [{ to: [{ paths: ['/admin', '/admin/*'] }] }] }])
const p2 = authorize([{ action: 'allow', rules: [{ to: [{ paths: ['/public/*'] }] }] }])

const rows: readonly [id: string, target: string, p1: number, p2: number][] = [
  ['P01', '/admin', 403, 403],
  ['P02', '/admin/', 403, 403],
  ['P03', '//admin', 403, 403],
  ['P03', '///admin', 403, 403],
  ['P04', '/ADMIN', 403, 403],
  ['P04', '/Admin/x', 403, 403],
  ['P05', '/%61dmin', 403, 403],
  ['P06', '/%41dmin', 403, 403],
  ['P07', '/admin;x=1', 403, 403],
  ['P07', '/admin;jsessionid=1/x', 403, 403],
  ['P08', '/;/admin', 403, 403],
  ['P08', '/..;/admin', 403, 403],
  ['P08', '/public/..;/admin', 403, 403],
  ['P09', '/admin#x', 403, 403],
  ['P10', '/admin?x', 403, 403],
  ['P10', '/admin??', 403, 403],
  ['P10', '/admin?#', 403, 403],
  ['P11', '/./admin', 403, 403],
  ['P11', '/x/../admin', 403, 403],
  ['P11', '/public/../admin', 403, 403],
  ['P11', '/admin/x/../secret', 403, 403],
  ['P12', '/%2e/admin', 403, 403],
  ['P12', '/public/%2e%2e/admin', 403, 403],
  ['P12', '/public/%2E%2e/admin', 403, 403],
  ['P13', '/public/..%2fadmin', 400, 400],
  ['P13', '/public/%2e%2e%2fadmin', 400, 400],
  ['P13', '/public/..%5cadmin', 400, 400],
  ['P14', '/public/a%2fb', 400, 400],
  ['P15', '/admin%2fsecret', 400, 400],
  ['P15', '/admin%5csecret', 400, 400],
  ['P15', '/admin\\secret', 403, 403],
  ['P16', '/admin%252fsecret', 400, 400],
  ['P16', '/%252e%252e/admin', 400, 400],
  ['P17', '/admin%00', 400, 400],
  ['P17', '/admin%0a', 400, 400],
  ['P17', '/admin%09', 400, 400],
  ['P17', '/admin%20', 403, 403],
  ['P17', '/admin%20;x/secret', 403, 403],
  ['P18', '/%zz', 400, 400],
  ['P18', '/%ff', 400, 400],
  ['P18', '/%c0%ae', 400, 400],
  ['P18', '/%u002f', 400, 400],
  ['P18', '/%', 400, 400],
  ['P19', '/admin.', 200, 403],
  ['P19', '/admin.json', 200, 403],
  ['P19', '/admin%2ejson', 200, 403],
  ['P20', '/administrator', 200, 403],
  ['P21', '/admin%EF%BC%8Fsecret', 200, 403],
  ['P22', '/public/%E2%80%8B', 200, 200],
  ['P23', 'http://evil/admin', 400, 400],
  ['P23', '//evil/admin', 403, 403],
  ['P23', '///evil:80/admin/x', 403, 403],
  ['P23', '/\\evil/admin', 403, 403],
  ['P23', '//public/../admin', 403, 403],
  ['P23', '//evil//admin;x', 403, 403],
  ['P23', '//public/x', 200, 403],
  ['P23', '//evil/public/x', 200, 403],
  ['P23', '/x//evil/admin', 200, 403],
  ['P24', 'admin', 400, 400],
  ['P24', '\\admin', 400, 400],
  ['P24', '/adm\u00efn', 400, 400],
  ['P25', '/admin//', 403, 403],
  ['', '/public/x', 200, 200],
  ['', '/public/X', 200, 200],
  ['', '/PUBLIC/x', 200, 403],
  ['', '/public/', 200, 200],
  ['', '/public', 200, 403],
]

describe('authorization by path', () => {
  it.each(rows)('%s %s', async (_id, target, denied, allowed) => {
    expect((await run(p1, inbound({}, { target }))).status).toBe(denied)
    expect((await run(p2, inbound({}, { target }))).status).toBe(allowed)
  })

  it('P26 refuses a path of 64 KB', async () => {
    expect((await run(p2, inbound({}, { target: `/${'a'.repeat(65_536)}` }))).status).toBe(414)
  })

  it('P27 decides on the whole path, wherever a framework has mounted the chain', async () => {
    const guard = authorize([{ action: 'deny', rules: [{ to: [{ paths: ['/api/admin'] }] }] }])
    expect((await run(guard, inbound({}, { target: '/api/admin', mount: '/api' }))).status).toBe(403)
  })

  it('P28 decides before a prefix is stripped', async () => {
    expect((await run(p2, inbound({}, { target: '/api%2e/admin' }))).status).toBe(403)
  })

  it('denies by a pattern in other case, or with a slash at its end, what a lenient router would dispatch to it', async () => {
    const guard = authorize([{ action: 'deny', rules: [{ to: [{ paths: ['/Admin/'] }] }] }])
    for (const target of ['/Admin/', '/admin', '/ADMIN/'])
      expect((await run(guard, inbound({}, { target }))).status).toBe(403)
  })

  it.each([
    '/users/root%40corp.example',
    '/USERS/root%40corp.example/',
    '//host/users/root%40corp.example',
    '/users/root@corp.example',
  ])(
    'denies what a router that decodes all escapes would dispatch, however the pattern is written: %s',
    async (target) => {
      for (const path of ['/users/root@corp.example', '/users/root%40corp.example']) {
        const guard = authorize([{ action: 'deny', rules: [{ to: [{ paths: [path] }] }] }])
        expect((await run(guard, inbound({}, { target }))).status).toBe(403)
        const excepting = authorize([{ action: 'allow', rules: [{ to: [{ notPaths: [path] }] }] }])
        expect((await run(excepting, inbound({}, { target }))).status).toBe(403)
        expect((await run(guard, inbound({}, { target: '/users/other%40corp.example' }))).status).toBe(200)
      }
    },
  )

  it.each([
    ['/reports(all)', '/reports%28all)'],
    ["/a:b,c;d=e+f!g'h i", '/a%3Ab%2Cc%3Bd%3De%2Bf%21g%27h%20i'],
    ['/café/*', '/caf%C3%A9/menu'],
  ])('denies %s to %s', async (path, target) => {
    const guard = authorize([{ action: 'deny', rules: [{ to: [{ paths: [path] }] }] }])
    expect((await run(guard, inbound({}, { target }))).status).toBe(403)
  })

  it.each([
    ['/users/a%40b', '/users/a%40b', 200],
    ['/users/*', '/users/a%40b', 200],
    ['/caf%C3%A9', '/caf%C3%A9', 200],
    ['/a%2A', '/a%2A', 200],
    ['/100%*', '/100', 403],
    ['/a%2A', '/a%2Ab', 403],
    ['/users/a@b', '/users/a%40b', 403],
  ])('allows by %s what is written so: %s is %s', async (path, target, status) => {
    const guard = authorize([{ action: 'allow', rules: [{ to: [{ paths: [path] }] }] }])
    expect((await run(guard, inbound({}, { target }))).status).toBe(status)
  })

  const exceptions: readonly [target: string, status: number][] = [
    ['/Public/x', 200],
    ['/public/x', 403],
    ['/health/', 200],
    ['/Public/..;/admin', 403],
    ['/admin', 403],
  ]
  it.each(exceptions)('makes an exception from a denial only for the path itself: %s', async (target, status) => {
    const guard = authorize([{ action: 'deny', rules: [{ to: [{ notPaths: ['/Public/*', '/health/'] }] }] }])
    expect((await run(guard, inbound({}, { target }))).status).toBe(status)
  })

  it.each(['/admin', '/ADMIN', '/admin/', '/admin;x'])(
    'makes an exception from a permission for all its forms: %s',
    async (target) => {
      const guard = authorize([{ action: 'allow', rules: [{ to: [{ notPaths: ['/admin'] }] }] }])
      expect((await run(guard, inbound({}, { target }))).status).toBe(403)
      expect((await run(guard, inbound({}, { target: '/other' }))).status).toBe(200)
    },
  )
})
