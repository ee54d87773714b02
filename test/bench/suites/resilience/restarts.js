/** N3: calls that fail while every instance is restarted, one after the other, again and again. N15: how long a drain takes. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createMesh } from 'sidecarless'
import { atMost, outcome } from './figure.js'

const file = new URL('./instance.js', import.meta.url)

/** @param {number} port */
async function start(port) {
  const child = fork(file, [], { env: { ...process.env, PORT: String(port) } })
  const [message] = await once(child, 'message')
  return { child, port: Number(message.port) }
}

/** @param {import('./figure.js').Context} context */
export async function restarts({ quick }) {
  const instances = await Promise.all([start(0), start(0), start(0)])
  const mesh = createMesh({
    service: 'bench',
    config: {
      services: {
        api: {
          endpoints: instances.map(({ port }) => ({ url: `http://127.0.0.1:${port}` })),
          timeout: '5s',
          retry: { attempts: 3 },
        },
      },
    },
  })
  let calls = 0
  let failed = 0
  /** @type {Set<string>} */
  const kinds = new Set()
  let stop = false
  const load = (async () => {
    /** @type {Promise<void>[]} */
    const pending = []
    const startedAt = performance.now()
    while (!stop) {
      while (calls < ((performance.now() - startedAt) / 1_000) * 200) {
        const method = calls++ % 2 === 0 ? 'GET' : 'POST'
        pending.push(
          outcome(mesh, { method, ...(method === 'POST' ? { body: 'x' } : {}) }).then((status) => {
            if (status === 200) return
            failed += 1
            kinds.add(`${method} ${status}`)
          }),
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await Promise.all(pending)
  })()
  let slowestMs = 0
  for (let round = 0; round < (quick ? 2 : 20); round++)
    for (const instance of instances) {
      const since = performance.now()
      const exited = once(instance.child, 'exit')
      instance.child.kill('SIGTERM')
      await exited
      slowestMs = Math.max(slowestMs, performance.now() - since)
      Object.assign(instance, await start(instance.port))
      await new Promise((resolve) => setTimeout(resolve, quick ? 100 : 1_300))
    }
  stop = true
  await load
  await mesh.close()
  for (const { child } of instances) child.kill('SIGKILL')
  const seen = kinds.size === 0 ? '' : ` (${[...kinds].join(', ')})`
  return [
    atMost(`N3 failed calls of ${calls} in a rolling restart${seen}`, failed, 0),
    atMost('N15 longest drain under load', slowestMs, 15_000, { unit: ' ms', timed: true }),
  ]
}
