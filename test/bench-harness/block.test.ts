import { describe, expect, it } from 'vitest'
import { markdownTable, replaceBlock } from '../bench/chart/block.js'

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
