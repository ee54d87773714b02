/** N11: what a million calls leave on the heap. */
import { createMesh } from 'sidecarless'
import { heapSlope } from '../../harness/heap.js'
import { atMost, outcome } from './figure.js'

const warmUpCalls = 200_000

/** @param {import('./figure.js').Context} context */
export async function memory({ upstream, quick }) {
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
  const step = quick ? 20_000 : 100_000
  const rounds = 10

  /** @param {number} calls */
  async function some(calls) {
    let left = calls
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (left-- > 0) await outcome(mesh)
      }),
    )
  }

  // Until V8 has compiled and optimised all there is: that is kept, and grows with nothing.
  await some(warmUpCalls)
  const perStep = await heapSlope(() => some(step), rounds - 1)
  await mesh.close()
  const perMillion = (perStep / step) * (1_000_000 / 2 ** 20)
  return [
    atMost(`N11 heap per million calls, over ${step * rounds} after ${warmUpCalls}`, perMillion, 1, {
      digits: 2,
      unit: ' MiB',
      timed: true,
    }),
  ]
}
