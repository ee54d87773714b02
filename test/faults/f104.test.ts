import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import { closing, expectNothingLeaks } from './scaffold.js'

expectNothingLeaks()

const script = `
const server = require('node:http').createServer((request, reply) => {
  if (request.url !== '/hang') reply.end('ok')
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))`

let child: ChildProcess | undefined

afterEach(async () => {
  if (child === undefined) return
  child.kill('SIGKILL')
  await once(child, 'close')
  child = undefined
})

/** A server that runs while this process stands still. */
async function elsewhere(): Promise<string> {
  child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null) throw new Error('no output')
  const [line] = await once(child.stdout, 'data')
  return `http://127.0.0.1:${String(line).trim()}`
}

function standStill(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('F104: the event loop stands still for 300 ms', () => {
  async function stalled(path: string) {
    const mesh = closing(
      createMesh({
        service: 'test',
        config: {
          services: {
            api: {
              endpoints: [{ url: await elsewhere() }],
              timeout: '100ms',
              outlierDetection: { consecutive5xxErrors: 1, maxEjectionPercent: 100 },
              circuitBreaker: { volumeThreshold: 1 },
            },
          },
        },
      }),
    )
    const warm = await mesh.request({ service: 'api', timeout: '5s' })
    await warm.body.text()
    const reply = mesh.request({ service: 'api', path }).then(
      ({ status }) => status,
      (error: unknown) => error,
    )
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
    standStill(300)
    return { mesh, outcome: await reply }
  }

  it('an answer that came meanwhile is an answer', async () => {
    const { outcome } = await stalled('/')
    expect(outcome).toBe(200)
  })

  it('a call without one has failed here: nobody is ejected, no breaker opens', async () => {
    const { mesh, outcome } = await stalled('/hang')
    expect(outcome).toMatchObject({ code: 'ERR_MESH_TIMEOUT', origin: 'local' })
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
    expect(mesh.explain({ url: 'http://api/' }).destinations[0]?.endpoints).toMatchObject([{ ejected: false }])
  })
})
