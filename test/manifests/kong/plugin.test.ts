import { describe, expect, it } from 'vitest'
import type { PluginOptions } from '../../../src/config/plugins.js'
import type { LoadManifestsOptions } from '../../../src/manifests/index.js'
import { found, ingress, kongPlugin, loadText, manifest, messages, reviews } from '../load-text.js'

const annotated = ingress('    konghq.com/plugins: p\n')

async function options(text: string, given: LoadManifestsOptions = {}): Promise<PluginOptions['config']> {
  const config = await loadText(`${annotated}---\n${text}`, { endpoints: reviews, ...given })
  expect(found(config).filter((line) => line.includes('error'))).toEqual([])
  return config.gateway?.routes?.[0]?.plugins?.[0]?.config
}

async function problems(plugin: string, config: string): Promise<string[]> {
  return found(await loadText(kongPlugin(plugin, config), { endpoints: reviews })).filter(
    (line) => !line.includes('unused-plugin'),
  )
}

describe('jwt', () => {
  it("has Kong's defaults: bearer header or ?jwt=, iss, and no time is verified", async () => {
    expect(await options(kongPlugin('jwt', '  run_on_preflight: true\n'))).toEqual({
      dialect: 'kong',
      from: { headers: [{ name: 'authorization', prefix: 'Bearer ' }], query: ['jwt'], cookies: [] },
      keyClaim: 'iss',
      verifyClaims: [],
      maxLifetime: 0,
      secretIsBase64: false,
      runOnPreflight: true,
    })
  })

  it('takes what is written', async () => {
    const text = `  header_names: [X-Token]
  uri_param_names: []
  cookie_names: [t]
  key_claim_name: kid
  claims_to_verify: [exp, nbf]
  maximum_expiration: 3600
  secret_is_base64: true
  run_on_preflight: false
  realm: shop\n`
    expect(await options(kongPlugin('jwt', text))).toEqual({
      dialect: 'kong',
      from: { headers: [{ name: 'x-token', prefix: 'Bearer ' }], query: [], cookies: ['t'] },
      keyClaim: 'kid',
      verifyClaims: ['exp', 'nbf'],
      maxLifetime: 3_600_000,
      secretIsBase64: true,
      runOnPreflight: false,
      realm: 'shop',
    })
  })

  it.each([
    ['  claims_to_verify: [exp, sub]\n', 'invalid-value config.claims_to_verify'],
    ['  maximum_expiration: 60\n', 'invalid-value config.maximum_expiration'],
    ['  claims_to_verify: exp\n', 'wrong-type config.claims_to_verify'],
    ['  claim_to_verify: [exp]\n', 'unknown-field config.claim_to_verify'],
  ])('%j is an error', async (config, expected) => {
    expect(await problems('jwt', config)).toEqual([expect.stringMatching(`^m\\.yaml:7:\\d+ error ${expected}$`)])
  })
})

describe('key-auth', () => {
  it("has Kong's defaults, by version", async () => {
    const expected = { dialect: 'kong', headers: ['apikey'], query: ['apikey'], runOnPreflight: true }
    const text = kongPlugin('key-auth', '  run_on_preflight: true\n')
    expect(await options(text)).toEqual({ ...expected, hideCredentials: false })
    expect(await options(text, { kong: '3.14' })).toEqual({ ...expected, hideCredentials: true })
  })

  it('takes what is written', async () => {
    const text = '  key_names: [k1, k2]\n  key_in_query: false\n  hide_credentials: true\n  realm: shop\n'
    expect(await options(kongPlugin('key-auth', text))).toMatchObject({
      headers: ['k1', 'k2'],
      query: [],
      hideCredentials: true,
      realm: 'shop',
    })
  })

  it('without any place for a key is an error', async () => {
    const lines = await problems('key-auth', '  key_in_body: true\n  key_in_header: false\n  key_in_query: false\n')
    expect(lines.join('\n')).toContain('m.yaml:7:3 warning unsupported-field config.key_in_body')
    expect(lines.join('\n')).toContain('error invalid-value config.key_names')
  })
})

describe('cors', () => {
  const methods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT']
  const defaults = { credentials: false, privateNetwork: false, preflightContinue: false, allowOriginAbsent: true }

  it("has Kong's defaults: every origin and every method", async () => {
    const expected = { dialect: 'kong', origins: ['*'], methods, ...defaults }
    expect(await options(kongPlugin('cors', '  credentials: false\n'))).toEqual(expected)
  })

  it('takes what is written', async () => {
    const text =
      '  origins: [https://a.example]\n  methods: [GET]\n  headers: ["x-a, x-c"]\n  exposed_headers: [x-b]\n  max_age: 3600\n  credentials: true\n'
    expect(await options(kongPlugin('cors', text))).toEqual({
      dialect: 'kong',
      ...defaults,
      origins: ['https://a.example'],
      methods: ['GET'],
      headers: ['x-a', 'x-c'],
      exposedHeaders: ['x-b'],
      maxAge: 3_600_000,
      credentials: true,
    })
  })

  it('with a method that is none is an error', async () => {
    expect(await problems('cors', '  methods: [FETCH]\n')).toEqual(['m.yaml:7:3 error invalid-value config.methods'])
  })
})

describe('rate-limiting', () => {
  const defaults = {
    name: 'p',
    by: 'consumer',
    headers: 'kong',
    errorCode: 429,
    errorMessage: 'API rate limit exceeded',
  }

  it("has Kong's defaults: by consumer, in this process", async () => {
    const expected = { ...defaults, limits: { second: 5, hour: 1_000 }, store: 'memory' }
    expect(await options(kongPlugin('rate-limiting', '  hour: 1000\n  second: 5\n'))).toEqual(expected)
  })

  it.each<[string, unknown]>([
    ['ip', 'ip'],
    ['credential', 'credential'],
    ['service', 'service'],
    ['header\n  header_name: x-plan', { header: 'x-plan' }],
    ['path\n  path: /login', { path: '/login' }],
  ])('limits by %s', async (by, expected) => {
    expect(await options(kongPlugin('rate-limiting', `  minute: 1\n  limit_by: ${by}\n`))).toMatchObject({
      by: expected,
    })
  })

  it.each<[string, boolean, object]>([
    ['a Redis that does not answer is replaced by this process', false, { store: 'redis', failureMode: 'local' }],
    [
      'under strict a Redis that does not answer lets everything through',
      true,
      { store: 'redis', failureMode: 'open' },
    ],
  ])('%s', async (_, strict, expected) => {
    const text = kongPlugin('rate-limiting', '  minute: 1\n  policy: redis\n  redis: { host: r, timeout: 50 }\n')
    expect(await options(text, { strict })).toMatchObject({ ...expected, storeTimeout: 50 })
  })

  it.each([
    ['redis: { host: r }', 2_000],
    ['redis_host: r', 2_000],
    ['redis_host: r\n  redis_timeout: 70', 70],
  ])('waits for Redis as long as Kong does: %s', async (redis, storeTimeout) => {
    const text = kongPlugin('rate-limiting', `  minute: 1\n  policy: redis\n  ${redis}\n`)
    expect(await options(text)).toMatchObject({ storeTimeout })
  })

  it('without fault_tolerant refuses while Redis does not answer', async () => {
    const text = '  minute: 1\n  policy: redis\n  redis: { host: r }\n  fault_tolerant: false\n'
    expect(await options(kongPlugin('rate-limiting', text))).toMatchObject({ failureMode: 'closed' })
  })

  it('hides its headers, and answers as it is told', async () => {
    const text = '  minute: 1\n  hide_client_headers: true\n  error_code: 420\n  error_message: Enhance your calm\n'
    expect(await options(kongPlugin('rate-limiting', text))).toMatchObject({
      headers: false,
      errorCode: 420,
      errorMessage: 'Enhance your calm',
    })
  })

  it.each([
    ['  policy: local\n', 'missing-field'],
    ['  minute: 10\n  hour: 5\n', 'invalid-value'],
    ['  minute: 0\n', 'invalid-value'],
    ['  minute: 1.5\n', 'invalid-value'],
    ['  minute: "5"\n', 'wrong-type'],
    ['  minute: 1\n  limit_by: header\n', 'missing-field'],
    ['  minute: 1\n  limit_by: moon\n', 'invalid-value'],
    ['  minute: 1\n  policy: redis\n', 'missing-field'],
    ['  minute: 1\n  minutes: 1\n', 'unknown-field'],
  ])('%j is an error', async (config, code) => {
    expect((await problems('rate-limiting', config)).join('\n')).toMatch(
      new RegExp(`m\\.yaml:[78]:\\d+ error ${code} `),
    )
  })
})

describe('what could only be found out by serving it', () => {
  it.each([
    ['cors', "origins: ['https://(a']", 'origins', 'is no RE2 pattern.'],
    ['cors', "origins: ['https://(?!a).*']", 'origins', 'is no RE2 pattern.'],
    ['cors', 'headers: ["X-Ü✓"]', 'headers', 'is not a header name.'],
    ['cors', 'exposed_headers: [X-A, "X-B\\n"]', 'exposed_headers', 'is not a header name.'],
    ['jwt', "realm: 'Zürich'", 'realm', 'must be ASCII without quotes and backslashes.'],
    ['jwt', "key_claim_name: ''", 'key_claim_name', 'must not be empty.'],
    ['jwt', "uri_param_names: ['']", 'uri_param_names', 'must not be empty.'],
    ['jwt', 'header_names: [x token]', 'header_names', 'is not a header name.'],
    ['key-auth', 'realm: my "api"', 'realm', 'must be ASCII without quotes and backslashes.'],
    ['key-auth', "key_names: ['']", 'key_names', 'must not be empty.'],
    ['key-auth', 'key_names: [api key]', 'key_names', 'is not a header name.'],
    ['rate-limiting', "{ minute: 1, error_message: '' }", 'error_message', 'must not be empty.'],
    ['rate-limiting', '{ minute: 1, limit_by: header, header_name: x plan }', 'header_name', 'is not a header name.'],
  ])('of %s is found where it is written: %s', async (plugin, config, field, message) => {
    const loaded = await loadText(kongPlugin(plugin, `  ${config}\n`), { endpoints: reviews })
    expect(new Set(found(loaded))).toEqual(
      new Set([expect.stringMatching(`^m.yaml:7:\\d+ error invalid-value config.${field}$`)]),
    )
    expect(messages(loaded)).toContain(message)
    expect(loaded.gateway).toBeUndefined()
  })
})

describe('a field of rate-limiting that its policy does not need', () => {
  it.each([
    ['redis: { hots: r }', 'unknown-field config.redis.hots'],
    ['redis: { host: r, port: a }', 'wrong-type config.redis.port'],
    ['redis: { host: r, ssl: "yes" }', 'wrong-type config.redis.ssl'],
    ['redis_database: 1.5', 'invalid-value config.redis_database'],
    ['fault_tolerant: "no"', 'wrong-type config.fault_tolerant'],
    ['header_name: 7', 'wrong-type config.header_name'],
    ['path: [a]', 'wrong-type config.path'],
  ])('is judged all the same: %s', async (field, expected) => {
    const lines = await problems('rate-limiting', `  minute: 5\n  policy: local\n  ${field}\n`)
    expect(lines.filter((line) => line.includes(' error '))).toEqual([
      expect.stringMatching(`^m.yaml:9:\\d+ error ${expected}$`),
    ])
  })
})

describe('a KongPlugin without a plugin', () => {
  const plain = (config: string): string => manifest('configuration.konghq.com/v1', 'KongPlugin', 'p', config)

  it.each([
    ['claims_to_verify: [exp]', 'jwt'],
    ['uri_param_names: [jwt]', 'jwt'],
    ['key_names: [k]', 'key-auth'],
    ['{ minute: 5, policy: local }', 'rate-limiting'],
    ['origins: ["*"]', 'cors'],
  ])('with %s is taken for %s', async (config, plugin) => {
    const loaded = await loadText(`${annotated}---\n${plain(`config:\n  ${config}\n`)}`, { endpoints: reviews })
    expect(loaded.gateway?.routes?.[0]?.plugins?.[0]?.name).toBe(plugin)
    expect(found(loaded)).toContain('m.yaml:23:3 warning inferred-plugin metadata.name')
  })

  it('is refused under strict, as by Kong', async () => {
    const text = plain('config: { key_names: [k] }\n')
    const loaded = await loadText(text, { strict: true })
    expect(found(loaded)).toEqual(['m.yaml:4:3 error inferred-plugin metadata.name'])
    expect(messages(loaded)).toContain('its config fits key-auth alone. Kong would refuse it: name one.')
  })

  it.each([
    ['config: { realm: a }\n', 'it could be jwt, key-auth, basic-auth, hmac-auth, ldap-auth'],
    ['config: { allow: [a] }\n', 'it could be acl, bot-detection, ip-restriction'],
    ['config: { minute: 5, claims_to_verify: [exp] }\n', 'no plugin that is known fits'],
    ['config: {}\n', 'no plugin that is known fits'],
    ['disabled: false\n', 'no plugin that is known fits'],
  ])('with %j is an error', async (config, message) => {
    const loaded = await loadText(plain(config))
    expect(found(loaded)).toEqual(['m.yaml:4:3 error ambiguous-plugin metadata.name'])
    expect(messages(loaded)).toContain(message)
  })
})

describe('a KongPlugin', () => {
  it.each([
    ['acl', 'error'],
    ['ip-restriction', 'error'],
    ['my-own', 'error'],
    ['constructor', 'error'],
    ['prometheus', 'warning'],
    ['correlation-id', 'warning'],
  ])('for %s, which is not done yet, is left out with a line: %s', async (plugin, severity) => {
    expect(await problems(plugin, '  {}\n')).toEqual([`m.yaml:5:1 ${severity} unsupported-resource plugin`])
  })

  it.each([
    ['configFrom: {}\n', 'error unsupported-field configFrom'],
    ['ordering: {}\n', 'warning unsupported-field ordering'],
    ['consumerRef: a\n', 'error unsupported-field consumerRef'],
  ])('with %j says so', async (field, expected) => {
    expect(await problems('jwt', `  {}\n${field}`)).toEqual([`m.yaml:8:1 ${expected}`])
  })

  it('that is disabled does nothing', async () => {
    const config = await loadText(`${annotated}---\n${kongPlugin('jwt', '  {}\ndisabled: true\n')}`, {
      endpoints: reviews,
    })
    expect(config.gateway?.routes?.[0]).not.toHaveProperty('plugins')
    expect(config.diagnostics).toEqual([])
  })
})
