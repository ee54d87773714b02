import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkArchitecture, formatViolation, type Rule } from './architecture/check.js'

const root = fileURLToPath(new URL('../src', import.meta.url))

const rules: Record<Rule, string> = {
  floors: 'a file imports only from floors below its own',
  siblings: 'different folders of one floor do not import each other',
  cycle: 'no import cycle, types included',
  'one importer': 'one third-party package, one importing folder',
  'load on first use': 'packages that many never need load on first use, optional peers never',
  'file length': 'no file is longer than 300 lines',
  'doc comment': 'every export has a doc comment',
  'assigned function':
    'no function literal is assigned to a property: V8 puts it into its old generation, with every request that it holds',
}

describe('the architecture of src', () => {
  const violations = existsSync(root) ? checkArchitecture(root) : []
  for (const [rule, fact] of Object.entries(rules)) {
    it(fact, () => {
      expect(violations.filter((violation) => violation.rule === rule).map(formatViolation)).toEqual([])
    })
  }
})
