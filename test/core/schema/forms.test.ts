import { describe, expect, it } from 'vitest'
import { either, integer, object, problemsOf, text } from '../../../src/core/schema/index.js'

interface Header {
  header: string
}
interface Cookie {
  cookie: string
  ttl?: number | undefined
}

const policy = either(
  text,
  object<Header>({ header: text }, ['header']),
  object<Cookie>({ cookie: text, ttl: integer(0) }, ['cookie']),
)

describe('one of several objects', () => {
  it.each(['x-user', { header: 'x-user' }, { cookie: 'id' }, { cookie: 'id', ttl: 5 }])('takes %j', (value) => {
    expect(problemsOf(policy, value)).toEqual([])
  })

  it.each([
    [{ cookie: 'id', ttl: -1 }, 'ttl'],
    [{ ttl: 5 }, 'cookie'],
    [{ header: '' }, 'header'],
    [{ header: 'x', ttl: 5 }, 'ttl'],
    [{ cookie: 'x', tll: 5 }, 'tll'],
  ])('tells the problem of the form that knows most of the keys: %j', (value, path) => {
    expect(problemsOf(policy, value)).toMatchObject([{ path }])
  })

  it('refuses what is no form at all', () => {
    expect(problemsOf(policy, 5)).not.toEqual([])
    expect(problemsOf(policy, null)).not.toEqual([])
    expect(problemsOf(policy, {})).toMatchObject([{ path: 'header', message: 'is required' }])
  })
})
