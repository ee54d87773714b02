import { describe, expect, it } from 'vitest'
import { problemsOf } from '../../src/core/schema/index.js'
import { type EndpointOptions, endpointList } from '../../src/discovery/index.js'

const paths = (endpoints: unknown): string[] => problemsOf(endpointList, endpoints, 'endpoints').map((one) => one.path)

describe('the endpoints of a service', () => {
  it('may have labels, a weight and a locality', () => {
    const endpoints: EndpointOptions[] = [
      { url: 'http://10.0.0.1:80', labels: { version: 'v1' } },
      { url: 'http://10.0.0.2', weight: 4_294_967_295, locality: 'eu/1/a' },
    ]
    expect(paths(endpoints)).toEqual([])
  })

  it.each([
    [{ url: 'http://h/path' }, 'endpoints[0].url'],
    [{ url: 'http://h', weight: 0 }, 'endpoints[0].weight'],
    [{ url: 'http://h', weight: 1.5 }, 'endpoints[0].weight'],
    [{ url: 'http://h', weight: Number.NaN }, 'endpoints[0].weight'],
    [{ url: 'http://h', weight: 4_294_967_296 }, 'endpoints[0].weight'],
    [{ url: 'http://h', locality: 'a/b/c/d' }, 'endpoints[0].locality'],
    [{ url: 'http://h', labels: { version: 1 } }, 'endpoints[0].labels.version'],
    [{ url: 'http://h', wieght: 1 }, 'endpoints[0].wieght'],
  ])('%j is refused at %s', (endpoint, path) => {
    expect(paths([endpoint])).toEqual([path])
  })

  it('cannot name an address twice', () => {
    expect(paths([{ url: 'http://h' }, { url: 'http://H:80/' }])).toEqual(['endpoints[1].url'])
  })
})
