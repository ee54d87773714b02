import { beforeAll, describe, expect, it } from 'vitest'
import { noRedis } from '../rate-limit/redis-server.js'
import { ensureBuilt, root } from './build.js'
import { groupIsAlive, start } from './run.js'

beforeAll(ensureBuilt, 120_000)

const clusterMetrics = 'metrics: mesh_server_request_duration_seconds_count{route="unknown"} 60'

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

describe('the cluster', () => {
  it.skipIf(noRedis)('has one limit for both workers', { timeout: 30_000 }, async () => {
    const { code, output } = await start(process.execPath, ['examples/cluster/main.js'], { cwd: root }).end
    expect(output).toContain('calls:   20 served, 40 refused\nserved:  worker 1: 10, worker 2: 10')
    expect(output).toContain(clusterMetrics)
    expect(code).toBe(0)
  })

  it('says so where there is no Redis, and has a limit for each', { timeout: 30_000 }, async () => {
    const env = { PATH: '/nowhere' }
    const { pid, end } = start(process.execPath, ['examples/cluster/main.js'], { cwd: root, env })
    const { code, output } = await end
    expect(output).toContain('redis-server is not installed')
    expect(output).toContain('calls:   40 served, 20 refused\nserved:  worker 1: 20, worker 2: 20')
    expect(output).toContain(clusterMetrics)
    expect(code).toBe(0)
    expect(groupIsAlive(pid)).toBe(false)
  })
})
