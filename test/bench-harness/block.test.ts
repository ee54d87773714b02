import { describe, expect, it } from 'vitest'
import { markdownTable, provenance, replaceBlock } from '../bench/chart/block.js'
import { about } from './presented.js'

const page = 'before\n<!-- benchmark: client -->\nold\n<!-- end: client -->\nafter\n'

describe('the block of a document that a script writes', () => {
  it('is replaced, and nothing else', () => {
    expect(replaceBlock(page, 'client', 'new')).toBe(page.replace('old', 'new'))
  })

  it('can be replaced again', () => {
    expect(replaceBlock(replaceBlock(page, 'client', 'new'), 'client', 'old')).toBe(page)
  })

  it.each(['', '<!-- end: client -->\n<!-- benchmark: client -->'])('must be there: %j', (document) => {
    expect(() => replaceBlock(document, 'client', 'new')).toThrow(RangeError)
  })
})

describe('a table in Markdown', () => {
  it('has names to the left and numbers to the right', () => {
    expect(markdownTable(['a', 'b'], [['x', '1']])).toBe('| a | b |\n| --- | ---: |\n| x | 1 |')
  })
})

describe('where a result comes from', () => {
  it('is a machine, the versions, the commit where it is known, and a day', () => {
    expect(provenance({ ...about, commit: 'abc1234+' }, ['wrk 4.1.0'])).toBe(
      '2 × Some CPU, linux x64, Node 20.20.2, undici 7.1.0, wrk 4.1.0, commit abc1234+, 2026-11-28',
    )
    expect(provenance({ ...about, commit: null })).toBe(provenance(about))
  })
})
