/** N11: what a million calls leave on the heap. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createMesh } from 'sidecarless'
import { atMost, outcome } from './figure.js'

const warmUpCalls = 200_000

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
  const step = quick ? 20_000 : 100_000
  const rounds = 10

  /** @param {number} calls */
  async function heapAfter(calls) {
    let left = calls
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (left-- > 0) await outcome(mesh)
      }),
    )
    // Twice: what finalizers let go of is collected the second time.
    collect()
    collect()
    return process.memoryUsage().heapUsed
  }

  // Until V8 has compiled and optimised all there is: that is kept, and grows with nothing.
  await heapAfter(warmUpCalls)
  /** @type {number[]} */
  const heap = []
  for (let round = 0; round < rounds; round++) heap.push(await heapAfter(step))
  await mesh.close()
  const perMillion = (slopeOf(heap) / step) * (1_000_000 / 2 ** 20)
  return [
    atMost(`N11 heap per million calls, over ${step * rounds} after ${warmUpCalls}`, perMillion, 1, {
      digits: 2,
      unit: ' MiB',
      timed: true,
    }),
  ]
}

/**
 * Of the straight line that comes nearest to values at 0, 1, 2, ... (least squares): a single collection that came at a
 * bad moment hardly moves it.
 * @param {readonly number[]} values
 */
function slopeOf(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  let together = 0
  let apart = 0
  for (const [i, value] of values.entries()) {
    together += (i - middle) * (value - mean)
    apart += (i - middle) ** 2
  }
  return together / apart
}
