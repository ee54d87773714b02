/** Who takes part. Names are stable: the JSON, the goals and `--filter` use them. */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} module
 * @property {boolean} important takes part in every scenario, not only in the main one
 * @property {boolean} ours needs the built package
 */

/** @type {readonly Contender[]} */
export const contenders = [
  { name: 'dispatch', module: 'pool-dispatch', important: false, ours: false },
  { name: 'pool.request', module: 'pool-request', important: true, ours: false },
  { name: 'undici.request', module: 'undici-request', important: true, ours: false },
  { name: 'undici.fetch', module: 'undici-fetch', important: false, ours: false },
  { name: 'globalThis.fetch', module: 'built-in-fetch', important: true, ours: false },
  { name: 'axios', module: 'axios', important: false, ours: false },
  { name: 'got', module: 'got', important: false, ours: false },
  { name: 'naive stack on pool.request', module: 'naive-on-pool', important: false, ours: false },
  { name: 'naive stack on undici.fetch', module: 'naive-on-fetch', important: false, ours: false },
  { name: 'cockatiel stack on pool.request', module: 'cockatiel-on-pool', important: false, ours: false },
  { name: 'mesh.request, policies off', module: 'mesh-request-off', important: false, ours: true },
  { name: 'mesh.request, all policies', module: 'mesh-request-on', important: true, ours: true },
  { name: 'mesh.fetch, policies off', module: 'mesh-fetch-off', important: false, ours: true },
  { name: 'mesh.fetch, all policies', module: 'mesh-fetch-on', important: true, ours: true },
]

/** What every other contender is compared with. */
export const references = ['undici.request', 'pool.request', 'globalThis.fetch']

/**
 * @param {Pick<Contender, 'module'>} contender
 * @returns {string} the module's URL
 */
export function moduleOf(contender) {
  return new URL(`./contenders/${contender.module}.js`, import.meta.url).href
}

/**
 * Why ours cannot take part, or null when they can.
 * @returns {Promise<string | null>}
 */
export async function whyOursAreLeftOut() {
  const built = new URL('../../../../dist/index.js', import.meta.url)
  if (!existsSync(fileURLToPath(built))) return 'dist/ is not built'
  const { createMesh } = await import(built.href)
  return typeof createMesh === 'function' ? null : 'dist/ has no createMesh'
}
