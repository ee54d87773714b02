/** What calls leave behind for good, every policy on. */
import { heapSlope } from '../../../harness/heap.js'
import { fullService, openMesh } from './setup.js'

const concurrency = 50
const steps = 5

/**
 * @param {{ calls: number, origins: string[] }} options
 * @returns {Promise<number>} bytes a call
 */
export async function slope({ calls, origins }) {
  const mesh = await openMesh({ reviews: fullService(origins) })
  const step = Math.ceil(calls / steps)
  async function some() {
    let left = step
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        while (left-- > 0) {
          const { body } = await mesh.request({ service: 'reviews', path: '/now', method: 'GET' })
          await body.bytes()
        }
      }),
    )
  }
  const perStep = await heapSlope(some, steps)
  await mesh.close()
  return perStep / step
}
