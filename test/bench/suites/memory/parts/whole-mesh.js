/** What a process holds resident: with the dependencies imported and nothing done, or with a mesh of many services. */
import { settledHeap } from '../../../harness/heap.js'

/** Everything that a mesh like this one loads. */
async function importDependencies() {
  const names = ['undici', 'valibot', 'opossum', 'p-retry', 'prom-client']
  await Promise.all(names.map((name) => import(name)))
}

/** @returns {Promise<number>} bytes */
async function resident() {
  await settledHeap()
  return process.memoryUsage.rss()
}

/** @returns {Promise<number>} bytes, resident */
export async function dependencies() {
  await importDependencies()
  return resident()
}

/**
 * @param {{ services: number, origins: string[] }} options
 * @returns {Promise<{ created: number, called: number }>} bytes, resident: before and after a call to each service
 */
export async function mesh({ services: count, origins }) {
  await importDependencies()
  const { fullService, openMesh } = await import('./setup.js')
  const names = Array.from({ length: count }, (_, i) => `s${i}`)
  const opened = await openMesh(Object.fromEntries(names.map((name) => [name, fullService(origins.slice(0, 2))])))
  const created = await resident()
  for (const service of names) {
    const { body } = await opened.request({ service, path: '/now', method: 'GET' })
    await body.bytes()
  }
  const called = await resident()
  await opened.close()
  return { created, called }
}
