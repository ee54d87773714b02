import { describe, expect, it } from 'vitest'
import { type ConsumerOptions, consumerOptions } from '../../src/auth/consumer-options.js'
import { consumerStore } from '../../src/auth/consumers.js'
import { ConfigError } from '../../src/core/config-error.js'
import { problemsOf } from '../../src/core/schema/index.js'

const alice: ConsumerOptions = {
  username: 'alice',
  groups: ['gold'],
  credentials: { jwt: [{ key: 'alice-key', secret: 's' }], apiKeys: ['alice-api-key'] },
}

function problemPaths(make: () => unknown): readonly string[] {
  try {
    make()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((problem) => problem.path)
  }
  return []
}

describe('consumerStore', () => {
  const store = consumerStore([alice, { customId: 'c-1' }])

  it('finds a consumer by each of its credentials, and says which it was', () => {
    expect(store.byJwtKey('alice-key')?.consumer).toMatchObject({ username: 'alice', credentialId: 'alice-key' })
    expect(store.byApiKey('alice-api-key')).toMatchObject({ username: 'alice', groups: ['gold'] })
    expect(store.byName('alice')?.credentialId).toBeUndefined()
    expect(store.byApiKey('nobody')).toBeUndefined()
  })

  it('gives a consumer the same id in every process', () => {
    const id = consumerStore([{ ...alice, groups: [] }]).byName('alice')?.id
    expect(id).toBe(store.byName('alice')?.id)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(store.byName(id ?? '')?.username).toBe('alice')
  })

  it('never calls an API key by anything that could be used', () => {
    const id = store.byApiKey('alice-api-key')?.credentialId ?? ''
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(store.byApiKey(id)).toBeUndefined()
  })

  it('does not take a key for another that begins like it, however long both are', () => {
    const long = 'k'.repeat(4096)
    const found = consumerStore([{ username: 'a', credentials: { apiKeys: [long] } }])
    expect(found.byApiKey(long)?.username).toBe('a')
    expect(found.byApiKey(`${long}k`)).toBeUndefined()
  })

  it('refuses names and credentials that two consumers share', () => {
    expect(problemPaths(() => consumerStore([alice, alice]))).toEqual([
      'consumers[1]',
      'consumers[1]',
      'consumers[1].credentials.jwt[0].key',
      'consumers[1].credentials.apiKeys[0]',
    ])
  })
})

describe('consumerOptions', () => {
  const rows: readonly [what: string, value: unknown, path: string][] = [
    ['no name', {}, ''],
    ['HS without a secret', { username: 'a', credentials: { jwt: [{ key: 'k' }] } }, 'credentials.jwt[0].secret'],
    [
      'RS without a public key',
      { username: 'a', credentials: { jwt: [{ key: 'k', algorithm: 'RS256', secret: 's' }] } },
      'credentials.jwt[0].publicKey',
    ],
    [
      'a hash that is none',
      { username: 'a', credentials: { apiKeys: [{ sha256: 'abc' }] } },
      'credentials.apiKeys[0].sha256',
    ],
    ['a line break in a name', { username: 'a\nb' }, 'username'],
    ['a NUL in an id', { username: 'a', id: 'a\0' }, 'id'],
    ['a control character in the name of a system', { customId: 'a\u007f' }, 'customId'],
    [
      'a line break in what names a credential',
      { username: 'a', credentials: { jwt: [{ key: 'k\n', secret: 's' }] } },
      'credentials.jwt[0].key',
    ],
    ['a misspelt field', { username: 'a', customid: 'b' }, 'customid'],
  ]
  it.each(rows)('refuses %s', (_what, value, path) => {
    expect(problemsOf(consumerOptions, value).map((problem) => problem.path)).toContain(path)
  })

  it('does not repeat a secret', () => {
    const problems = problemsOf(consumerOptions, {
      username: 'a',
      credentials: { jwt: [{ key: 'k', secret: 7_777_777 }] },
    })
    expect(problems).not.toHaveLength(0)
    expect(JSON.stringify(problems)).not.toContain('7777777')
  })

  it('takes names of any language', () => {
    expect(problemsOf(consumerOptions, { username: 'Zoë 李', customId: 'ключ', id: '🙂' })).toEqual([])
  })
})
