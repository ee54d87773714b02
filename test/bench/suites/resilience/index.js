/** The `resilience` suite: the numbers that the project promises under faults, beside what people stack by hand. */
import { onceOrThrice } from '../../harness/attempts.js'
import { watchLateness } from '../../harness/lateness.js'
import { startProcess } from '../../harness/remote-process.js'
import { renderTable } from '../../harness/table.js'
import { amplification, oneRequest, sideEffects, tiers } from './amplification.js'
import { deadlines } from './deadlines.js'
import { drain } from './drain.js'
import { isMissed, judged, rowOf } from './figure.js'
import { memory } from './memory.js'
import { probes } from './probes.js'
import { brokenEndpoint, recovery, slowEndpoint } from './recovery.js'
import { restarts } from './restarts.js'
import { soak } from './soak.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'opossum', 'p-retry']

const measurements = {
  amplification,
  tiers,
  oneRequest,
  sideEffects,
  deadlines,
  recovery,
  brokenEndpoint,
  slowEndpoint,
  probes,
  restarts,
  drain,
  memory,
  soak,
}

/**
 * Runs one measurement with what it needs, and stops that again.
 * @param {(context: import('./figure.js').Context) => Promise<import('./figure.js').Figure[]>} measure
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {() => number} lateMs
 */
async function measured(measure, { quick, seed, durationMs }, lateMs) {
  /** @type {import('../../harness/remote-process.js').RemoteProcess[]} */
  const children = []
  /** @type {import('./figure.js').Context['child']} */
  async function child(file, method, params) {
    const process = startProcess(file)
    children.push(process)
    return { result: await process.call(method, params), call: process.call }
  }
  async function upstream() {
    const { result, call } = await child(new URL('./upstream.js', import.meta.url), 'listen', { port: 0 })
    return { url: `http://127.0.0.1:${result}`, call }
  }
  try {
    lateMs()
    return await measure({ quick, seed, durationMs, upstream, child, lateMs })
  } finally {
    await Promise.all(children.map((process) => process.stop()))
  }
}

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const lateness = watchLateness()
  /** @type {import('./figure.js').Figure[]} */
  const figures = []
  for (const [name, measure] of Object.entries(measurements)) {
    if (!options.filter.test(name)) continue
    progress(name)
    const tries = await onceOrThrice(
      () => measured(measure, options, lateness.take),
      (ofOne) => ofOne.some(isMissed),
    )
    figures.push(...tries[0].map((_, i) => judged(tries.map((ofOne) => ofOne[i]))))
  }
  await lateness.stop()
  print('')
  print(renderTable(['', 'measured', 'goal', '', 'naive stack'], figures.map(rowOf)))
  const problems = figures.filter(isMissed).map(({ name, value, unit }) => `${name}: ${value}${unit}`)
  return { result: { figures }, problems }
}
