import { describe, expect, it } from 'vitest'
import { drawBars } from '../bench/chart/bars.js'

function widths(svg: string): number[] {
  return [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width = '']) => Number(width))
}

const chart = { title: 'CPU', subtitle: 'µs', format: (sum: number) => `${sum} µs` }

describe('a chart of bars', () => {
  it('draws values as lengths', () => {
    const svg = drawBars({
      ...chart,
      bars: [
        { label: 'fetch', parts: [{ value: 200, kind: 'theirs' }] },
        { label: 'ours', parts: [{ value: 50, kind: 'ours' }] },
      ],
    })
    const [fetch = 0, ours = 0] = widths(svg)
    expect(fetch / ours).toBeCloseTo(4)
  })

  it('puts the parts of a bar one after another, and their sum at the end', () => {
    const parts = [
      { value: 30, kind: 'theirs' as const },
      { value: 70, kind: 'between' as const },
    ]
    const svg = drawBars({ ...chart, bars: [{ label: 'a pair', parts }] })
    const [first, second] = [...svg.matchAll(/<rect [^>]* x="([\d.]+)" [^>]*width="([\d.]+)"/g)]
    expect(Number(second?.[1])).toBeCloseTo(Number(first?.[1]) + Number(first?.[2]))
    expect(svg).toContain('>100 µs</text>')
  })

  it('says to those who cannot see it what it shows', () => {
    const svg = drawBars({ ...chart, bars: [{ label: 'ours', parts: [{ value: 50, kind: 'ours' }] }] })
    expect(svg).toContain('role="img" aria-label="CPU: ours 50 µs"')
  })

  it('takes labels as text', () => {
    const svg = drawBars({ ...chart, bars: [{ label: 'a < "b" & c', parts: [{ value: 1, kind: 'theirs' }] }] })
    expect(svg).toContain('a &lt; &quot;b&quot; &amp; c')
    expect(svg).not.toContain('a < ')
  })
})
