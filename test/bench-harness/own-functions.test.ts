import { expect, it } from 'vitest'
import { ownOutsideTransport } from '../bench/harness/own-functions.js'

const built = new URL('../../dist/chunks/mesh.js', import.meta.url).href

it('functions of ours are those of the built package, but for the transport', () => {
  const functions = [
    { name: 'route', place: 'src/client/route.ts:8', url: built, share: 0.06 },
    { name: 'write', place: 'src/transport/exchange.ts:8', url: built, share: 0.3 },
    { name: 'parse', place: 'src/parse.ts:8', url: 'file:///somewhere/node_modules/yaml/dist/parse.js', share: 0.2 },
    { name: '(garbage collector)', place: '(native)', url: '', share: 0.1 },
  ]
  expect(ownOutsideTransport(functions).map(({ name }) => name)).toEqual(['route'])
})
