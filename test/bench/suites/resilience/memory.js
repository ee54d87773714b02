/** N11: what a million calls leave on the heap. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMesh } from 'sidecarless'
import { atMost, outcome } from './figure.js'

/** @param {import('./figure.js').Context} context */
export async function memory({ upstream, quick }) {
  setFlagsFromString('--expose-gc')
  /** @type {() => void} */
  const collect = runInNewContext('gc')
  const { url, call } = await upstream()
  await call('become', { mode: 'ok' })
  const mesh = createMesh({
    service: 'bench',
    config: {
      services: {
        api: { endpoints: [{ url }], timeout: '5s', retry: { attempts: 2 }, circuitBreaker: {}, outlierDetection: {} },
      },
    },
  })
  const step = quick ? 20_000 : 200_000
  const rounds = 5

  async function some() {
    let left = step
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (left-- > 0) await outcome(mesh)
      }),
    )
    collect()
    return process.memoryUsage().heapUsed
  }

  const first = await some()
  let last = first
  for (let round = 1; round < rounds; round++) last = await some()
  await mesh.close()
  const perMillion = (last - first) / 2 ** 20 / (((rounds - 1) * step) / 1_000_000)
  return [
    atMost(`N11 heap per million calls, of ${step * rounds}`, perMillion, quick ? 10 : 1, { digits: 2, unit: ' MiB' }),
  ]
}
