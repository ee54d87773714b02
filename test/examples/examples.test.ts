import { beforeAll, describe, expect, it } from 'vitest'
import { ensureBuilt, root } from './build.js'
import { start } from './run.js'

beforeAll(ensureBuilt, 120_000)

const examples = [
  {
    name: 'express',
    shows: [
      '401 {"type":"about:blank","title":"Unauthorized"',
      '200 {"of":"ann","principal":"https://id.example/ann"}\n200 {"of":"ann"',
      '429 {"type":"about:blank","title":"Too many requests"',
    ],
  },
  {
    name: 'fastify',
    shows: ['shop: 504 {"code":"ERR_MESH_TIMEOUT"}', 'stock: nobody waits for the answer any more'],
  },
  {
    name: 'fetch',
    shows: [
      'retry:   200 answer 3',
      'timeout: ERR_MESH_TIMEOUT, answered as 504 at an edge',
      'breaker: 503, 503, ERR_MESH_CIRCUIT_OPEN',
    ],
  },
]

describe('every example runs offline, shows what it says and ends by itself', () => {
  it.each(examples)('$name', { timeout: 30_000 }, async ({ name, shows }) => {
    const { code, output } = await start(process.execPath, [`examples/${name}/main.js`], { cwd: root }).end
    for (const line of shows) expect(output).toContain(line)
    expect(code).toBe(0)
  })
})
