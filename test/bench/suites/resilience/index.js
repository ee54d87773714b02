/** The `resilience` suite: the numbers that the project promises under faults, beside what people stack by hand. */
import { startProcess } from '../../harness/remote-process.js'
import { renderTable } from '../../harness/table.js'
import { amplification, sideEffects } from './amplification.js'
import { deadlines } from './deadlines.js'
import { memory } from './memory.js'
import { brokenEndpoint, recovery } from './recovery.js'
import { restarts } from './restarts.js'
import { soak } from './soak.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'opossum', 'p-retry']

const measurements = { amplification, sideEffects, deadlines, recovery, brokenEndpoint, restarts, memory, soak }

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  /** @type {import('./figure.js').Figure[]} */
  const figures = []
  for (const [name, measure] of Object.entries(measurements)) {
    if (!options.filter.test(name)) continue
    progress(name)
    /** @type {import('../../harness/remote-process.js').RemoteProcess[]} */
    const children = []
    const upstream = async () => {
      const child = startProcess(new URL('./upstream.js', import.meta.url))
      children.push(child)
      const port = await child.call('listen', { port: 0 })
      return { url: `http://127.0.0.1:${port}`, call: child.call }
    }
    try {
      figures.push(...(await measure({ quick: options.quick, seed: options.seed, upstream })))
    } finally {
      await Promise.all(children.map((child) => child.stop()))
    }
  }
  print('')
  const rows = figures.map(({ name, measured, goal, met, naive }) => [
    name,
    measured,
    goal,
    met ? 'met' : 'MISSED',
    naive ?? '',
  ])
  print(renderTable(['', 'measured', 'goal', '', 'naive stack'], rows))
  const problems = figures.filter(({ met }) => !met).map(({ name, measured }) => `${name}: ${measured}`)
  return { result: { figures }, problems }
}
