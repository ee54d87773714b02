import { expect, it } from 'vitest'
import { parseGoDuration } from '../../src/manifests/go-duration.js'

it.each([
  ['0', 0],
  ['0s', 0],
  ['250ms', 250],
  ['1.5s', 1_500],
  ['1h30m', 5_400_000],
  ['1m0.5s', 60_500],
  ['100us', 0.1],
  ['1', undefined],
  ['', undefined],
  ['s', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['1d', undefined],
  ['1s,', undefined],
])('"%s" is %s ms', (text, ms) => {
  expect(parseGoDuration(text)).toBe(ms)
})
