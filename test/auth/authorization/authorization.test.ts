import { describe, expect, it } from 'vitest'
import { apiKey } from '../../../src/auth/api-key/index.js'
import {
  type AuthorizationPolicy,
  type AuthorizationRule,
  authorize,
  explainAuthorization,
} from '../../../src/auth/authorization/index.js'
import { consumerStore } from '../../../src/auth/consumers.js'
import { ConfigError } from '../../../src/core/config-error.js'
import type { MeshEvents } from '../../../src/core/events.js'
import { Observer } from '../../../src/core/observer.js'
import { headerBytes } from '../../../src/core/schema/index.js'
import type { ServerCall } from '../../../src/core/server-call.js'
import { inbound, run } from '../scaffold.js'

const allow = (...rules: AuthorizationRule[]): AuthorizationPolicy => ({ action: 'allow', rules })
const deny = (...rules: AuthorizationRule[]): AuthorizationPolicy => ({ action: 'deny', rules })

function peer(principal: string, call: ServerCall = inbound()): ServerCall {
  const trustDomain = principal.split('/')[0] ?? ''
  call.peer = { spiffeId: `spiffe://${principal}`, trustDomain, principal, notAfterMs: 0, fingerprint: '' }
  return call
}
function claims(fields: Record<string, unknown>, call: ServerCall = inbound()): ServerCall {
  call.claims = Object.assign(Object.create(null), fields)
  return call
}
const statusOf = async (policies: AuthorizationPolicy[], call: ServerCall): Promise<number> =>
  (await run(authorize(policies), call)).status

describe('the order of policies', () => {
  const get: AuthorizationRule = { to: [{ methods: ['GET'] }] }
  const rows: readonly [what: string, policies: AuthorizationPolicy[], status: number][] = [
    ['no policy: everything passes', [], 200],
    ['an allow policy that matches', [allow(get)], 200],
    ['an allow policy that does not', [allow({ to: [{ methods: ['POST'] }] })], 403],
    ['one of several allow policies is enough', [allow({ to: [{ methods: ['POST'] }] }), allow(get)], 200],
    ['deny wins over allow, wherever it stands', [allow(get), deny(get)], 403],
    ['a deny policy that does not match, and no allow policy', [deny({ to: [{ methods: ['POST'] }] })], 200],
    ['an allow policy without rules allows nothing', [{ action: 'allow' }], 403],
    ['a deny policy with a list that is empty denies nothing', [deny()], 200],
    ['an empty rule matches everything', [deny({})], 403],
    ['an empty rule allows everything', [allow({})], 200],
    ['a rule without from, to and when, too', [allow({ from: undefined, to: undefined, when: [] })], 200],
  ]
  it.each(rows)('%s', async (_what, policies, status) => {
    expect(await statusOf(policies, inbound())).toBe(status)
  })
})

describe('what a rule may look at', () => {
  const token = { iss: 'https://id.example', sub: 'alice', aud: ['shop', 'cart'], azp: 'app' }
  const rich = (): ServerCall => {
    const call = claims(token, peer('cluster.local/ns/shop/sa/web', inbound({ host: 'api.example:8080' })))
    call.authority = 'api.example:8080'
    call.clientAddress = '203.0.113.9'
    return call
  }
  const source = (fields: object): AuthorizationRule => ({ from: [fields] })
  const operation = (fields: object): AuthorizationRule => ({ to: [fields] })
  const when = (key: string, ...values: string[]): AuthorizationRule => ({ when: [{ key, values }] })

  const rows: readonly [rule: AuthorizationRule, matches: boolean][] = [
    [source({ principals: ['cluster.local/ns/shop/sa/web'] }), true],
    [source({ principals: ['spiffe://cluster.local/ns/shop/sa/web'] }), true],
    [source({ principals: ['*/sa/web'] }), true],
    [source({ principals: ['cluster.local/*'] }), true],
    [source({ principals: ['*'] }), true],
    [source({ principals: ['*/sa/api', 'other/*'] }), false],
    [source({ notPrincipals: ['*/sa/web'] }), false],
    [source({ principals: ['*'], notPrincipals: ['*/sa/api'] }), true],
    [source({ namespaces: ['shop'] }), true],
    [source({ namespaces: ['sh*'] }), true],
    [source({ namespaces: ['sho'] }), false],
    [source({ requestPrincipals: ['https://id.example/alice'] }), true],
    [source({ requestPrincipals: ['*'] }), true],
    [source({ requestPrincipals: ['*/alice'] }), true],
    [source({ requestPrincipals: ['https://id.example/*'] }), true],
    [source({ requestPrincipals: ['https://id.example/al*'] }), true],
    [source({ requestPrincipals: ['https://id.exam*'] }), false],
    [source({ requestPrincipals: ['*ice'] }), true],
    [source({ requestPrincipals: ['https://id.example'] }), false],
    [source({ notRequestPrincipals: ['*'] }), false],
    [source({ ipBlocks: ['10.0.0.0/8'] }), true],
    [source({ ipBlocks: ['10.0.0.8', '192.168.0.0/16'] }), false],
    [source({ remoteIpBlocks: ['203.0.113.0/24'] }), true],
    [source({ notRemoteIpBlocks: ['203.0.113.9'] }), false],
    [{ from: [{ namespaces: ['other'] }, { namespaces: ['shop'] }] }, true],
    [{ from: [{ namespaces: ['shop'], principals: ['*/sa/api'] }] }, false],
    [operation({ methods: ['GET', 'HEAD'] }), true],
    [operation({ methods: ['get'] }), false],
    [operation({ notMethods: ['GET'] }), false],
    [operation({ hosts: ['API.example:8080'] }), true],
    [operation({ hosts: ['api.example:*'] }), true],
    [operation({ hosts: ['api.example'] }), false],
    [operation({ ports: [8080] }), true],
    [operation({ notPorts: [8080] }), false],
    [when('request.auth.audiences', 'cart'), true],
    [when('request.auth.presenter', 'app'), true],
    [when('request.auth.principal', 'https://id.example/alice'), true],
    [when('source.principal', '*/sa/web'), true],
    [when('source.namespace', 'shop'), true],
    [when('source.ip', '10.0.0.7'), true],
    [when('remote.ip', '203.0.113.0/24'), true],
    [when('destination.port', '8080'), true],
    [{ when: [{ key: 'destination.port', notValues: ['8080'] }] }, false],
    [{ from: [{ namespaces: ['shop'] }], to: [{ methods: ['POST'] }] }, false],
  ]
  it.each(rows)('%j: %s', async (rule, matches) => {
    expect(await statusOf([allow(rule)], rich())).toBe(matches ? 200 : 403)
    if (rule.to?.some((one) => one.hosts !== undefined) !== true)
      expect(await statusOf([deny(rule)], rich())).toBe(matches ? 403 : 200)
  })

  it('a caller without certificate or token matches no pattern for one', async () => {
    for (const fields of [{ principals: ['*'] }, { requestPrincipals: ['*'] }, { namespaces: ['*'] }])
      expect(await statusOf([allow(source(fields))], inbound())).toBe(403)
  })

  it('a subject with a slash cannot pose as another issuer', async () => {
    const forged = claims({ iss: 'https://a', sub: 'b/admin' })
    expect(await statusOf([allow(source({ requestPrincipals: ['https://a/b/admin'] }))], forged)).toBe(403)
    expect(await statusOf([allow(source({ requestPrincipals: ['https://a/b/*'] }))], forged)).toBe(403)
    expect(await statusOf([allow(source({ requestPrincipals: ['https://a/*'] }))], forged)).toBe(200)
  })

  it('an IPv4 address in IPv6 form is the same address', async () => {
    const call = inbound({}, { remoteAddress: '::ffff:10.0.0.7' })
    expect(await statusOf([deny(source({ ipBlocks: ['10.0.0.0/8'] }))], call)).toBe(403)
  })

  it('a denied host is denied with any port, an allowed one only as it is written', async () => {
    const rule = operation({ hosts: ['api.example'] })
    const call = inbound()
    call.authority = 'api.example:9999'
    expect(await statusOf([deny(rule)], call)).toBe(403)
    expect(await statusOf([allow(rule)], call)).toBe(403)
  })
})

describe('claims', () => {
  const fields = {
    role: 'admin',
    groups: [7, 'a', 'b'],
    scope: 'read write',
    permission: ['view edit', 'own'],
    n: 7,
    none: null,
    deep: { er: ['x'] },
    inherited: Object.create({ role: 'admin' }),
  }
  const rows: readonly [key: string, value: string, matches: boolean][] = [
    ['request.auth.claims[role]', 'admin', true],
    ['request.auth.claims[role]', 'ad*', true],
    ['request.auth.claims[groups]', 'b', true],
    ['request.auth.claims[groups]', 'a, b', false],
    ['request.auth.claims[groups]', 'b*', true],
    ['request.auth.claims[scope]', 'read', true],
    ['request.auth.claims[scope]', 'write', true],
    ['request.auth.claims[scope]', 'read write', false],
    ['request.auth.claims[permission]', 'edit', true],
    ['request.auth.claims[permission]', 'own', true],
    ['request.auth.claims[permission]', 'view edit', false],
    ['request.auth.claims[deep][er]', 'x', true],
    ['request.auth.claims[deep]', '*', false],
    ['request.auth.claims[n]', '7', false],
    ['request.auth.claims[none][er]', '*', false],
    ['request.auth.claims[inherited][role]', '*', false],
    ['request.auth.claims[constructor][name]', '*', false],
    ['request.auth.claims[role][length]', '*', false],
  ]
  it.each(rows)('%s = %s: %s', async (key, value, matches) => {
    const policies = [allow({ when: [{ key, values: [value] }] })]
    expect(await statusOf(policies, claims(fields))).toBe(matches ? 200 : 403)
  })
})

describe('headers that may have several values', () => {
  const role = (values?: string[], notValues?: string[]): AuthorizationRule => ({
    when: [{ key: 'request.headers[X-Role]', values, notValues }],
  })
  const both = { 'x-role': ['user', 'admin'] }
  const line = { 'x-role': 'user,admin' }
  const rows: readonly [
    what: string,
    policy: AuthorizationPolicy,
    headers: Record<string, string | string[]>,
    status: number,
  ][] = [
    ['H12 deny looks at each of two lines', deny(role(['admin'])), both, 403],
    ['H13 deny looks at each element of one line', deny(role(['admin'])), line, 403],
    ['H12 allow wants all lines to match', allow(role(['user'])), both, 403],
    ['H13 allow wants all elements to match', allow(role(['user'])), line, 403],
    ['H13 a prefix does not cover what comes after the comma', allow(role(['user*'])), line, 403],
    ['H12 allow passes when all match', allow(role(['user', 'admin'])), both, 200],
    ['an exception from deny wants all to be excepted', deny(role(undefined, ['user'])), both, 403],
    ['an exception from deny that covers all', deny(role(undefined, ['user'])), { 'x-role': 'user' }, 200],
    ['an exception from allow is made by any', allow(role(undefined, ['admin'])), both, 403],
    ['a pattern with a comma is for the whole header', allow(role(['user, admin'])), line, 200],
    ['presence', allow(role(['*'])), { 'x-role': '' }, 200],
    ['absence', allow(role(['*'])), {}, 403],
    ['an absent header is no excepted value', allow(role(undefined, ['admin'])), {}, 200],
    ['empty elements do not count', allow(role(['user'])), { 'x-role': 'user, ,' }, 200],
  ]
  it.each(rows)('%s', async (_what, policy, headers, status) => {
    expect(await statusOf([policy], inbound(headers))).toBe(status)
  })
})

describe('headers that have one value', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
  const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
  const when = (name: string, values?: string[], notValues?: string[]): AuthorizationRule => ({
    when: [{ key: `request.headers[${name}]`, values, notValues }],
  })
  const rows: readonly [
    what: string,
    policy: AuthorizationPolicy,
    headers: Record<string, string | string[]>,
    status: number,
  ][] = [
    ['a prefix covers its commas', allow(when('User-Agent', ['Mozilla/*'])), { 'user-agent': chrome }, 200],
    ['a suffix too', allow(when('user-agent', ['*Safari/537.36'])), { 'user-agent': chrome }, 200],
    ['a whole one', allow(when('If-Modified-Since', [date])), { 'if-modified-since': date }, 200],
    ['spaces at its commas are its own', allow(when('Referer', ['http://a/?b,c'])), { referer: 'http://a/?b,c' }, 200],
    [
      'each of two lines must match',
      allow(when('user-agent', ['Mozilla/*'])),
      { 'user-agent': [chrome, 'curl/8'] },
      403,
    ],
    ['an exception from deny', deny(when('user-agent', undefined, ['Mozilla/*'])), { 'user-agent': chrome }, 200],
    ['deny', deny(when('user-agent', ['Mozilla/*'])), { 'user-agent': chrome }, 403],
    ['deny sees two that a proxy has joined', deny(when('user-agent', ['bot'])), { 'user-agent': 'curl/8, bot' }, 403],
    ['an absent one', allow(when('user-agent', ['Mozilla/*'])), {}, 403],
  ]
  it.each(rows)('%s', async (_what, policy, headers, status) => {
    expect(await statusOf([policy], inbound(headers))).toBe(status)
  })
})

describe('headers in UTF-8', () => {
  const named = (...names: string[]): AuthorizationRule => ({
    when: [{ key: 'request.headers[x-consumer-username]', values: names }],
  })
  const asked = async (username: string, policy: AuthorizationPolicy): Promise<number> => {
    const consumers = consumerStore([{ username, credentials: { apiKeys: ['key'] } }])
    const authenticate = apiKey({ dialect: 'kong', headers: ['apikey'] }, { consumers })
    const call = inbound({ apikey: 'key' })
    expect((await run(authenticate, call)).status).toBe(200)
    return statusOf([policy], call)
  }

  it.each(['李雷', 'Zoë', 'voilà', 'Zoë, voilà ,x'])('a policy names the consumer %s', async (name) => {
    expect(await asked(name, deny(named(name)))).toBe(403)
    expect(await asked(name, deny(named('other', `${name.slice(0, 2)}*`)))).toBe(403)
    expect(await asked(name, allow(named(name)))).toBe(200)
    expect(await asked(name, allow(named('Zoe')))).toBe(403)
  })

  it('a policy names one of a list', async () => {
    const call = inbound({ 'x-consumer-username': headerBytes('voilà, Zoë') })
    expect(await statusOf([deny(named('voilà'))], call)).toBe(403)
    expect(await statusOf([allow(named('voilà', 'Zoë'))], call)).toBe(200)
  })

  it('deny sees Latin-1 too, allow does not', async () => {
    const call = inbound({ 'x-consumer-username': 'Zoë' })
    expect(await statusOf([deny(named('Zoë'))], call)).toBe(403)
    expect(await statusOf([allow(named('Zoë'))], call)).toBe(403)
  })
})

describe('a refusal', () => {
  const policy: AuthorizationPolicy = { ...deny({ to: [{ methods: ['POST'] }] }, {}), name: 'no', namespace: 'shop' }

  it('names policy and rule, in detail only', async () => {
    const { error } = await run(authorize([policy]), inbound())
    expect(error?.code).toBe('ERR_MESH_FORBIDDEN')
    expect(error?.detail).toBe('rbac_access_denied_matched_policy[ns[shop]-policy[no]-rule[1]]')
    expect(error?.body).toBeUndefined()
    expect(error?.message).toBe('access denied')
    const unmatched = await run(authorize([{ action: 'allow' }]), inbound())
    expect(unmatched.error?.detail).toBe('rbac_access_denied_matched_policy[none]')
  })

  it("has Istio's body under its dialect", async () => {
    for (const one of [policy, { action: 'allow' } as const]) {
      const { error } = await run(authorize([{ ...one, dialect: 'istio' }]), inbound())
      expect(error?.body).toBe('RBAC: access denied')
    }
  })

  it('and a permission are reported', async () => {
    const observer = new Observer()
    const events: MeshEvents['authorization'][] = []
    observer.on('authorization', (event) => events.push(event))
    const guard = authorize([{ ...allow({ to: [{ methods: ['GET'] }] }), name: 'read' }], { observer })
    await run(guard, inbound())
    await run(guard, inbound({}, { method: 'PUT' }))
    expect(events).toEqual([
      { decision: 'allow', rule: 'policy[read]-rule[0]' },
      { decision: 'deny', rule: 'none' },
    ])
  })
})

describe('explainAuthorization', () => {
  it('says how every policy sees the call and where it was written', () => {
    const origin = { file: 'a.yaml', line: 7 }
    const policies = [{ ...deny({ to: [{ methods: ['POST'] }] }), name: 'a', origin }, allow({}, {})]
    expect(explainAuthorization(policies, inbound())).toEqual({
      allowed: true,
      rule: 'policy[1]-rule[0]',
      dialect: 'native',
      policies: [
        { name: 'a', action: 'deny', matchedRule: undefined, origin },
        { name: '1', action: 'allow', matchedRule: 0, origin: undefined },
      ],
    })
  })
})

describe('authorization options', () => {
  const rows: readonly [what: string, policy: unknown, path: string][] = [
    ['an unknown field', { action: 'allow', rules: [{ form: [] }] }, 'authorization[0].rules[0].form'],
    ['an unknown action', { action: 'audit' }, 'authorization[0].action'],
    [
      'an empty list, which would match nothing',
      { action: 'deny', rules: [{ to: [{ paths: [] }] }] },
      'authorization[0].rules[0].to[0].paths',
    ],
    [
      'a source in which nothing is set, which would be anybody',
      { action: 'allow', rules: [{ from: [{ principals: ['a'] }, { principals: undefined }] }] },
      'authorization[0].rules[0].from[1]',
    ],
    [
      'an operation in which nothing is set, which would be anything',
      { action: 'allow', rules: [{ to: [{}] }] },
      'authorization[0].rules[0].to[0]',
    ],
    ['a deny policy that has no rules', { action: 'deny' }, 'authorization[0].rules'],
    [
      'an unknown condition',
      { action: 'deny', rules: [{ when: [{ key: 'request.header[x]', values: ['a'] }] }] },
      'authorization[0].rules[0].when[0].key',
    ],
    [
      'a condition without values',
      { action: 'deny', rules: [{ when: [{ key: 'source.ip' }] }] },
      'authorization[0].rules[0].when[0]',
    ],
    [
      'a block that is none',
      { action: 'deny', rules: [{ from: [{ ipBlocks: ['10.0.0.0/33'] }] }] },
      'authorization[0].rules[0].from[0].ipBlocks[0]',
    ],
    [
      'a path template',
      { action: 'deny', rules: [{ to: [{ paths: ['/a/{*}'] }] }] },
      'authorization[0].rules[0].to[0].paths[0]',
    ],
  ]
  it.each(rows)('refuse %s', (_what, policy, path) => {
    let problems: readonly string[] = []
    try {
      authorize([policy as AuthorizationPolicy])
    } catch (error) {
      if (error instanceof ConfigError) problems = error.problems.map((problem) => problem.path)
    }
    expect(problems).toContain(path)
  })
})
