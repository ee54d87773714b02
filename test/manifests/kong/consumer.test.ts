import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMesh } from '../../../src/index.js'
import type { LoadedConfig } from '../../../src/manifests/index.js'
import { found, ingress, kongPlugin, loadText, manifest, messages, reviews } from '../load-text.js'

function consumer(name: string, ...secrets: string[]): string {
  const body = `username: ${name}\ncredentials: [${secrets.join(', ')}]\n`
  return manifest('configuration.konghq.com/v1', 'KongConsumer', name, body)
}

/** The name stands in line 4, the data in line 6. */
function secret(name: string, type: string, data: string): string {
  return manifest('v1', 'Secret', name, `  labels: { konghq.com/credential: ${type} }\n${data}`)
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function load(...texts: string[]): Promise<LoadedConfig> {
  return loadText(texts.join('---\n'), { endpoints: reviews })
}

/** As a quoted text of YAML. */
function pem(key: KeyObject): string {
  return JSON.stringify(key.export({ type: 'spki', format: 'pem' }))
}

const rsa = pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey)
const weakRsa = pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
const ed448 = pem(generateKeyPairSync('ed448').publicKey)
const p256 = pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)

describe('a consumer', () => {
  it('has the credentials of its Secrets, in either spelling', async () => {
    const config = await load(
      consumer('ada', 'hs', 'rs', 'key', 'group'),
      secret('hs', 'jwt', `data: { key: ${base64('ada-1')}, secret: ${base64('s3cret')} }\n`),
      secret('rs', 'jwt', `stringData: { key: ada-2, algorithm: RS256, rsa_public_key: ${rsa} }\n`),
      secret('key', 'key-auth', 'stringData: { key: k-1 }\n'),
      secret('group', 'acl', 'stringData: { group: staff }\n'),
    )
    expect(config.diagnostics).toEqual([])
    expect(config.gateway).toEqual({
      consumers: [
        {
          username: 'ada',
          groups: ['staff'],
          credentials: {
            jwt: [
              { key: 'ada-1', algorithm: 'HS256', secret: 's3cret' },
              { key: 'ada-2', algorithm: 'RS256', publicKey: JSON.parse(rsa) },
            ],
            apiKeys: ['k-1'],
          },
        },
      ],
    })
  })

  it('may have a name of any language, but of one line', async () => {
    const text = (body: string): string => manifest('configuration.konghq.com/v1', 'KongConsumer', 'a', body)
    expect((await load(text('username: 李雷\n'))).gateway?.consumers).toEqual([{ username: '李雷', credentials: {} }])
  })

  it.each(['username: "a\\nb"', 'username: a\ncustom_id: "a\\nb"'])(
    'is left out, and no other, with %j',
    async (names) => {
      const config = await load(
        manifest('configuration.konghq.com/v1', 'KongConsumer', 'a', `${names}\ncredentials: [s]\n`),
        secret('s', 'key-auth', 'stringData: { key: k-1 }\n'),
        consumer('ada', 't'),
        secret('t', 'key-auth', 'stringData: { key: k-2 }\n'),
      )
      const name = names.includes('custom_id') ? 'custom_id' : 'username'
      expect(found(config)).toEqual([expect.stringContaining(`warning invalid-value ${name}`)])
      expect(messages(config)).toContain('the consumer is left out, and its credentials open nothing')
      expect(config.gateway?.consumers).toEqual([{ username: 'ada', credentials: { apiKeys: ['k-2'] } }])
    },
  )

  it('keeps its other credentials when one ends with a line break', async () => {
    const config = await load(
      consumer('ada', 'hs', 'key'),
      secret('hs', 'jwt', `data: { key: ${base64('ada-1\n')}, secret: cw== }\n`),
      secret('key', 'key-auth', 'stringData: { key: k-1 }\n'),
    )
    expect(found(config)).toEqual([expect.stringContaining('warning invalid-value')])
    expect(messages(config)).toContain('it opens nothing')
    expect(config.gateway?.consumers).toEqual([{ username: 'ada', credentials: { apiKeys: ['k-1'] } }])
  })

  it.each([
    ['no key', 'RS256', '"not a pem"', 'is no public key in PEM'],
    ['a short RSA key', 'RS256', weakRsa, 'an RSA key needs at least 2048 bits'],
    ['Ed448', 'EdDSA', ed448, 'the key does not fit the algorithm'],
    ['a key for another algorithm', 'RS256', p256, 'the key does not fit the algorithm'],
  ])('keeps its other credentials, and others theirs, when one has %s', async (_, algorithm, key, why) => {
    const config = await load(
      consumer('ada', 'bad', 'key'),
      secret('bad', 'jwt', `stringData: { key: ada-1, algorithm: ${algorithm}, rsa_public_key: ${key} }\n`),
      secret('key', 'key-auth', 'stringData: { key: k-1 }\n'),
    )
    expect(found(config)).toEqual(['m.yaml:11:3 warning invalid-value metadata.name'])
    expect(messages(config)).toContain(`"rsa_public_key": ${why}. It opens nothing.`)
    expect(config.gateway?.consumers).toEqual([{ username: 'ada', credentials: { apiKeys: ['k-1'] } }])
  })

  it('may have a custom_id alone, and no credentials', async () => {
    const text = manifest('configuration.konghq.com/v1', 'KongConsumer', 'a', 'custom_id: "7"\n')
    expect((await load(text)).gateway?.consumers).toEqual([{ customId: '7', credentials: {} }])
  })

  it('of the class of another controller is taken all the same, and says so', async () => {
    const name = 'a\n  annotations: { kubernetes.io/ingress.class: internal }'
    const config = await load(manifest('configuration.konghq.com/v1', 'KongConsumer', name, 'username: a\n'))
    expect(config.gateway?.consumers).toHaveLength(1)
    expect(found(config)).toEqual([
      'm.yaml:5:18 warning other-controller metadata.annotations["kubernetes.io/ingress.class"]',
    ])
  })

  it('takes stringData over data', async () => {
    const data = `data: { key: ${base64('old')} }\nstringData: { key: new }\n`
    const config = await load(consumer('a', 's'), secret('s', 'key-auth', data))
    expect(config.gateway?.consumers?.[0]?.credentials?.apiKeys).toEqual(['new'])
  })

  it.each([
    ['no name', manifest('configuration.konghq.com/v1', 'KongConsumer', 'a', 'credentials: []\n'), 'missing-field'],
    ['a Secret that is not there', consumer('a', 's'), 'missing-secret'],
    ['groups of consumers', `${consumer('a')}consumerGroups: [g]\n`, 'unsupported-field'],
    [
      'plugins of its own',
      consumer('a').replace('name: a\n', 'name: a\n  annotations: { konghq.com/plugins: p }\n'),
      'unsupported-field',
    ],
  ])('with %s gives a line', async (_, text, code) => {
    expect(found(await load(text))).toEqual([expect.stringMatching(`^m\\.yaml:\\d+:\\d+ \\w+ ${code} `)])
  })

  it('that shares its name or a credential with another is an error', async () => {
    const key = (name: string) => secret(name, 'key-auth', 'stringData: { key: same }\n')
    const lines = found(await load(consumer('a', 's'), key('s'), consumer('b', 't'), key('t')))
    expect(lines).toEqual(['m.yaml:18:3 error duplicate-resource metadata.name'])
    const twice = consumer('b').replace('username: b', 'username: a')
    expect(found(await load(consumer('a'), twice))).toEqual(['m.yaml:11:3 error duplicate-resource metadata.name'])
  })
})

describe('a credential', () => {
  it.each([
    ['without a label', manifest('v1', 'Secret', 's', 'stringData: { key: k }\n'), 'error missing-field metadata.name'],
    [
      'for a plugin that is not done',
      secret('s', 'hmac-auth', 'stringData: { username: a }\n'),
      'warning unsupported-resource metadata.name',
    ],
    ['without a key', secret('s', 'key-auth', 'stringData: {}\n'), 'error missing-field metadata.name'],
    ['without a secret', secret('s', 'jwt', 'stringData: { key: a }\n'), 'error missing-field metadata.name'],
    [
      'without a public key',
      secret('s', 'jwt', 'stringData: { key: a, algorithm: ES256, secret: b }\n'),
      'error missing-field metadata.name',
    ],
    [
      'with an algorithm that is none',
      secret('s', 'jwt', 'stringData: { key: a, algorithm: none, secret: b }\n'),
      'error invalid-value metadata.name',
    ],
    [
      'that is no base64',
      secret('s', 'key-auth', 'data: { key: "p@ssw0rd!" }\nstringData: { key: k }\n'),
      'error invalid-value data',
    ],
    [
      'with more than it needs',
      secret('s', 'key-auth', 'stringData: { key: k, ttl: "5" }\n'),
      'warning unsupported-field metadata.name',
    ],
    ['that is a number', secret('s', 'key-auth', 'stringData: { key: 12345 }\n'), 'error wrong-type stringData.key'],
  ])('%s gives a line', async (_, text, expected) => {
    const lines = found(await load(consumer('a', 's'), text))
    expect(lines).toContainEqual(expect.stringMatching(`^m\\.yaml:\\d+:\\d+ ${expected}$`))
  })

  it('never shows in a message', async () => {
    const config = await load(
      consumer('a', 's', 't', 'u'),
      secret('s', 'jwt', 'stringData: { key: hunter2, algorithm: hunter2, secret: hunter2 }\n'),
      secret('t', 'key-auth', 'data: { key: hunter2!! }\n'),
      secret('u', 'key-auth', 'stringData: { key: [hunter2] }\n'),
      kongPlugin(
        'rate-limiting',
        '  minute: 5\n  policy: redis\n  redis: { host: r, password: [hunter2] }\n  redis_password: hunter2\n',
      ),
    )
    expect(config.diagnostics.length).toBeGreaterThan(3)
    expect(JSON.stringify(config.diagnostics)).not.toContain('hunter2')
  })
})

describe('authentication that nobody can pass', () => {
  const guarded = (plugin: string, config = '  {}\n'): string =>
    `${ingress('    konghq.com/plugins: p\n')}---\n${kongPlugin(plugin, config)}`

  it.each(['jwt', 'key-auth'])('by %s is reported', async (plugin) => {
    const config = await load(guarded(plugin))
    expect(found(config)).toEqual(['m.yaml:23:3 warning no-consumers metadata.name'])
    expect(messages(config)).toContain('every call is 401')
  })

  it('is not reported once there is a credential of its kind', async () => {
    const key = secret('s', 'key-auth', 'stringData: { key: k }\n')
    expect(found(await load(guarded('key-auth'), consumer('a', 's'), key))).toEqual([])
    expect(found(await load(guarded('jwt'), consumer('a', 's'), key)).join()).toContain('no-consumers')
  })

  it.each([
    ['a custom_id', 'guest', 'username: guest\ncustom_id: "a\\nb"\n', 'custom_id'],
    ['a username', '"a\\nb"', 'username: "a\\nb"\n', 'username'],
  ])('names as anonymous one that is left out for %s: others are served', async (_, name, names, field) => {
    const upstream = http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1')
    onTestFinished(() => void upstream.close())
    await once(upstream, 'listening')
    const texts = [
      guarded('key-auth', `  anonymous: ${name}\n`),
      manifest('configuration.konghq.com/v1', 'KongConsumer', 'g', names),
      consumer('ada', 's'),
      secret('s', 'key-auth', 'stringData: { key: k-1 }\n'),
    ]
    const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    const config = await loadText(texts.join('---\n'), { endpoints: { reviews: [{ url }] } })
    expect(found(config)).toEqual([
      'm.yaml:23:3 warning invalid-value metadata.name',
      expect.stringContaining(`warning invalid-value ${field}`),
    ])
    const mesh = createMesh({ service: 'gateway', config })
    onTestFinished(() => mesh.close())
    const { port } = await mesh.server(mesh.gateway()).listen({ host: '127.0.0.1' })
    const ask = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close', ...headers } })).status
    expect(await ask({})).toBe(500)
    expect(await ask({ apikey: 'k-1' })).toBe(200)
  })

  it('may let in an anonymous consumer, who must exist', async () => {
    expect(found(await load(guarded('jwt', '  anonymous: guest\n'), consumer('guest')))).toEqual([])
    const missing = await load(guarded('jwt', '  anonymous: guest\n'))
    expect(found(missing)).toEqual(['m.yaml:23:3 error invalid-value metadata.name'])
    const byCustomId = manifest('configuration.konghq.com/v1', 'KongConsumer', 'a', 'custom_id: guest\n')
    const unnamed = await load(guarded('jwt', '  anonymous: guest\n'), byCustomId)
    expect(found(unnamed)).toEqual(['m.yaml:23:3 error invalid-value metadata.name'])
  })
})
