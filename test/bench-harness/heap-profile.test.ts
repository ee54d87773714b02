import { expect, it } from 'vitest'
import { selfSizes } from '../bench/harness/heap-profile.js'

it('a heap profile shares out what was allocated, by function, largest first', () => {
  const frame = (functionName: string) => ({ functionName, url: 'file:///a/dist/b.js', lineNumber: 9, columnNumber: 0 })
  const node = (name: string, selfSize: number, ...children: object[]) => ({
    callFrame: frame(name),
    selfSize,
    children: children as never[],
  })
  const head = node('(root)', 0, node('call', 100, node('pick', 200)), node('pick', 500))
  expect(selfSizes({ head })).toEqual([
    { name: 'pick', place: 'dist/b.js:10', url: 'file:///a/dist/b.js', share: 0.875 },
    { name: 'call', place: 'dist/b.js:10', url: 'file:///a/dist/b.js', share: 0.125 },
  ])
})
