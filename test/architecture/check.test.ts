import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkArchitecture, formatViolation } from './check.js'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'architecture-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const lines = (count: number): string => '/** A line. */\n'.repeat(count)

const cases: readonly { fact: string; files: Record<string, string>; found: readonly string[] }[] = [
  { fact: 'an empty tree breaks nothing', files: {}, found: [] },
  {
    fact: 'imports that run downwards, within a folder and of builtins are fine',
    files: {
      'core/a.ts': "import { readFileSync } from 'node:fs'\n",
      'core/b.ts': "import './a.js'\n",
      'routing/r.ts': "import type { A } from '../core/a.js'\n",
      'adapters/express.ts': "import './express/middleware.js'\n",
      'adapters/express/middleware.ts': "import '../../routing/r.js'\nimport '../node/handler.js'\n",
    },
    found: [],
  },
  {
    fact: 'an import of a higher floor is found, whichever way it is written',
    files: {
      'core/value.ts': "\nimport { x } from '../config/x.js'\n",
      'core/type.ts': "import type { X } from '../config/x.js'\n",
      'core/inline.ts': "type Y = import('../config/x.js').X\n",
      'core/dynamic.ts': "const y = () => import('../config/x.js')\n",
      'core/again.ts': "export * from '../config/x.js'\n",
      'config/x.ts': '',
    },
    found: [
      'src/core/again.ts:1 floors: core (floor 1) imports config (floor 4)',
      'src/core/dynamic.ts:1 floors: core (floor 1) imports config (floor 4)',
      'src/core/inline.ts:1 floors: core (floor 1) imports config (floor 4)',
      'src/core/type.ts:1 floors: core (floor 1) imports config (floor 4)',
      'src/core/value.ts:2 floors: core (floor 1) imports config (floor 4)',
    ],
  },
  {
    fact: 'folders of one floor do not import each other, adapters included',
    files: {
      'auth/a.ts': "import '../edge/cors/options.js'\n",
      'adapters/node/a.ts': "import '../fetch/b.js'\n",
    },
    found: [
      'src/adapters/node/a.ts:1 siblings: adapters/node and adapters/fetch are both on floor 7; neither imports the other',
      'src/auth/a.ts:1 siblings: auth and edge are both on floor 3; neither imports the other',
    ],
  },
  {
    fact: 'a folder that no floor holds is found, and so is its importer',
    files: { 'helpers/a.ts': '', 'mesh/m.ts': "import '../helpers/a.js'\n" },
    found: [
      'src/helpers/a.ts:1 floors: stands on no floor of test/architecture/floors.ts',
      'src/mesh/m.ts:1 floors: imports helpers/a.ts, which stands on no floor',
    ],
  },
  {
    fact: 'a cycle of files is found once, type imports included',
    files: {
      'core/a.ts': "\nimport type { B } from './b.js'\n",
      'core/b.ts': "import './c.js'\n",
      'core/c.ts': "import './a.js'\n",
      'core/d.ts': "import './a.js'\n",
    },
    found: ['src/core/a.ts:2 cycle: core/a.ts -> core/b.ts -> core/c.ts -> core/a.ts'],
  },
  {
    fact: 'a cycle of subfolders is found where no file is in one',
    files: {
      'edge/cors/a.ts': "import '../size/a.js'\n",
      'edge/cors/b.ts': '',
      'edge/size/a.ts': '',
      'edge/size/b.ts': "import '../cors/b.js'\n",
    },
    found: ['src/edge/cors/a.ts:1 cycle: folders edge/cors -> edge/size -> edge/cors'],
  },
  {
    fact: 'a package is imported in its own place, subpaths included',
    files: {
      'core/schema.ts': "import * as v from 'valibot'\n",
      'core/schema/object.ts': "import * as v from 'valibot'\n",
      'core/schemata.ts': "import * as v from 'valibot'\n",
      'mesh/m.ts':
        "import { Pool } from 'undici'\nimport type { Span } from '@opentelemetry/api'\nimport 'left-pad/x'\n",
    },
    found: [
      'src/core/schemata.ts:1 one importer: only core/schema may import valibot',
      'src/mesh/m.ts:1 one importer: only transport and adapters/undici may import undici',
      'src/mesh/m.ts:2 one importer: only telemetry/tracing may import @opentelemetry/api',
      'src/mesh/m.ts:3 one importer: the package left-pad has no place in test/architecture/floors.ts',
    ],
  },
  {
    fact: 'lazy packages are imported dynamically or for their types; optional peers for their types only',
    files: {
      'auth/jwt/good.ts': "import type { JWK } from 'jose'\nconst jose = () => import('jose')\n",
      'auth/jwt/bad.ts': "import { jwtVerify } from 'jose'\n",
      'auth/jwt/inline.ts': "import { type JWK } from 'jose'\n",
      'adapters/express.ts': "import type { RequestHandler } from 'express'\n",
      'adapters/fastify.ts': "const fastify = () => import('fastify')\n",
    },
    found: [
      'src/adapters/fastify.ts:1 load on first use: fastify is an optional peer: import type only',
      'src/auth/jwt/bad.ts:1 load on first use: jose is loaded by import() or imported for its types only',
      'src/auth/jwt/inline.ts:1 load on first use: jose is loaded by import() or imported for its types only',
    ],
  },
  {
    fact: 'a file of 300 lines is fine, one of 301 is not',
    files: { 'core/fine.ts': lines(300), 'core/long.ts': lines(301) },
    found: ['src/core/long.ts:301 file length: 301 lines; split it by concept (at most 300)'],
  },
  {
    fact: 'every export needs a doc comment, re-exports do not',
    files: {
      'core/a.ts': [
        '/** Documented. */',
        'export const a = 1',
        'export const b = 2',
        '/** The overload documents all. */',
        'export function c(x: string): void',
        'export function c(x: unknown): void {}',
        'export interface D {}',
        'type E = string',
        'const hidden = 1',
        'export { type E }',
        "export { f } from './b.js'",
      ].join('\n'),
    },
    found: [
      'src/core/a.ts:3 doc comment: the export "b" has none',
      'src/core/a.ts:7 doc comment: the export "D" has none',
      'src/core/a.ts:8 doc comment: the export "E" has none',
    ],
  },
  {
    fact: 'a property is not given a function literal; a variable may, and a property a function that has a name',
    files: {
      'core/a.ts': [
        'class A {',
        '  #done = () => {}',
        '  wait(x: { go: unknown }) {',
        '    this.#done = () => {}',
        '    x.go ??= function () {}',
        '    const named = () => {}',
        '    this.#done = named',
        '  }',
        '}',
      ].join('\n'),
    },
    found: [
      'src/core/a.ts:4 assigned function: "this.#done" is given one: name it first, or keep what it holds',
      'src/core/a.ts:5 assigned function: "x.go" is given one: name it first, or keep what it holds',
    ],
  },
]

describe('checkArchitecture', () => {
  it.each(cases)('$fact', ({ files, found }) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    expect(checkArchitecture(root).map(formatViolation)).toEqual(found)
  })
})
