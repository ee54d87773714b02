/** The `update` suite: how long `mesh.update()` takes with a large config, and how long it holds the event loop. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createMesh } from 'sidecarless'
import { renderTable } from '../../harness/table.js'
import { bigConfig } from './configs.js'
import { startHeartbeat } from './heartbeat.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['valibot', 'undici']

const goals = { tookMs: 1_000, longestMs: 20 }

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const size = options.quick ? { services: 100, each: 10 } : { services: 1_000, each: 10 }
  const rounds = options.rounds ?? (options.quick ? 1 : 5)
  const mesh = createMesh({ service: 'bench' })
  /** @type {{ name: string, tookMs: number, cpuMs: number, longestMs: number }[]} */
  const measured = []

  /** @param {string} name @param {object} config */
  async function measure(name, config) {
    progress(name)
    // Garbage of the measurement before belongs to it.
    await sleep(200)
    const heartbeat = startHeartbeat()
    const start = performance.now()
    const cpu = process.cpuUsage()
    await mesh.update(config)
    const { user, system } = process.cpuUsage(cpu)
    const tookMs = performance.now() - start
    measured.push({ name, tookMs, cpuMs: (user + system) / 1_000, longestMs: heartbeat.stop() })
  }

  await measure('all services new', bigConfig(0, size))
  for (let round = 1; round <= rounds; round++) await measure('all services changed', bigConfig(round, size))
  await measure('nothing changed', bigConfig(rounds, size))
  const one = bigConfig(rounds, size)
  Object.assign(one.services.s1, { timeout: '3s' })
  await measure('one service changed', one)
  await measure('all services gone', {})
  await mesh.close()

  const routes = size.services * size.each
  print(
    `\n${size.services} services, ${routes} routes, ${routes} endpoints; goals: ${goals.tookMs} ms, ${goals.longestMs} ms\n`,
  )
  const rows = measured.map(({ name, tookMs, cpuMs, longestMs }) => [
    name,
    tookMs.toFixed(0),
    cpuMs.toFixed(0),
    longestMs.toFixed(1),
  ])
  print(renderTable(['update', 'ms', 'CPU ms', 'longest block, ms'], rows))
  return { result: { size, goals, measured }, problems: [] }
}
