import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/core/config-error.js'
import type { Duration } from '../../../src/core/duration.js'
import {
  duration,
  either,
  integer,
  list,
  number,
  object,
  oneOf,
  record,
  rule,
  type Schema,
  stringMatch,
  text,
  validate,
} from '../../../src/core/schema/index.js'
import type { StringMatch } from '../../../src/core/string-match.js'

interface Retry {
  attempts: number
  perTry?: Duration | undefined
  on?: readonly string[] | undefined
  path?: StringMatch | undefined
  split?: string | Readonly<Record<string, number>> | undefined
  ratio?: number | undefined
}
const retry: Schema<Retry> = object<Retry>(
  {
    attempts: integer(0, 5),
    perTry: duration(1),
    on: list(oneOf('5xx', 'reset')),
    path: stringMatch,
    split: rule(either(text, record(integer(0))), (value, report) => {
      if (typeof value !== 'string' && Object.values(value).every((weight) => weight === 0))
        report([], 'has weights that sum to 0')
    }),
    ratio: number(0, 1),
  },
  ['attempts'],
)
const schema = object<{ services: Readonly<Record<string, Retry>> }>({ services: record(retry) }, ['services'])

function problems(value: unknown, of: Schema<unknown> = schema): string[] {
  try {
    validate(of, value)
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('validate', () => {
  it('accepts what is right and hands it back as it stands', () => {
    const value = { services: { a: { attempts: 2, perTry: '250ms', path: { prefix: '/x' }, on: undefined } } }
    expect(validate(schema, value)).toBe(value)
  })

  it('lists every problem with path, finding and suggestion', () => {
    const value = {
      services: { a: { attempts: 1.5, perTry: '5 minutes', onn: 1, on: ['5xxx'], split: { x: 0 } }, b: {} },
    }
    expect(problems(value)).toEqual([
      'services.a.onn: is not a known option. Did you mean "on"?',
      'services.a.attempts: must be an integer, between 0 and 5 (got 1.5)',
      expect.stringContaining('services.a.perTry: must be a duration'),
      'services.a.on[0]: must be one of "5xx", "reset" (got "5xxx"). Did you mean "5xx"?',
      'services.a.split: has weights that sum to 0',
      'services.b.attempts: is required',
    ])
  })

  it.each([
    ['NaN', { attempts: Number.NaN }],
    ['infinity', { attempts: 1, ratio: Number.POSITIVE_INFINITY }],
    ['a negative', { attempts: -1 }],
    ['a number in a string', { attempts: '1' }],
    ['a negative weight', { attempts: 1, split: { a: -1 } }],
    ['a duration that overflows timers', { attempts: 1, perTry: 2 ** 31 }],
    ['a look-ahead', { attempts: 1, path: { regex: '(?=x)' } }],
    ['two forms of a match', { attempts: 1, path: { exact: 'a', prefix: 'b' } }],
    ['an unknown key in a union', { attempts: 1, path: { exac: 'a' } }],
    ['a list for an object', []],
  ])('refuses %s', (_what, value) => {
    expect(problems({ services: { a: value } })).not.toEqual([])
  })

  it.each(['__proto__', 'constructor', 'prototype'])('refuses the name %s and pollutes nothing', (name) => {
    const value: unknown = JSON.parse(`{"services":{"${name}":{"attempts":1}}}`)
    expect(problems(value)[0]).toContain('not allowed as a name')
    expect('attempts' in {}).toBe(false)
  })

  it('never shows a secret', () => {
    const secret = object<{ clientSecret: string }>({ clientSecret: text }, ['clientSecret'])
    expect(() => validate(secret, { clientSecret: ['hunter2'] })).toThrow(expect.not.stringContaining('hunter2'))
  })

  it.each<[string, Schema<unknown>, unknown]>([
    [
      'in an object where a list belongs',
      object({ consumers: list(text) }),
      { consumers: { bob: { keys: ['hunter2'] } } },
    ],
    ['in a list where a text belongs', object({ name: text }), { name: ['hunter2'] }],
    ['in a header', object({ headers: record(text) }), { headers: { authorization: 7, cookie: false } }],
    ['in a URL', object({ urls: list(text) }), { urls: 'http://user:hunter2@host:1/' }],
    ['in a URL that is not escaped', object({ urls: list(text) }), { urls: 'redis://u:p@/hunter2@host' }],
  ])('never shows one %s', (_, schema, value) => {
    expect(problems(value, schema).join()).not.toMatch(/hunter2|got 7|got false/)
    expect(problems(value, schema)).not.toEqual([])
  })
})
