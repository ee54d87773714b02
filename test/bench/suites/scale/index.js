/** The `scale` suite: one worker and two behind one port, limits counted in memory and in Redis. */
import { startRedis } from '../../../../examples/cluster/redis.js'
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { ratioParses } from '../../harness/ratios.js'
import { interleave, losses } from '../../harness/rounds.js'
import { formatNumber, renderTable } from '../../harness/table.js'
import { measure, open } from './clusters.js'
import { summarise } from './summary.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'redis', 'rate-limiter-flexible', 'prom-client']

const paces = {
  full: { rounds: 7, warmUpMs: 2_000, warmMs: 200, durationMs: 1_000, maxRepeats: 2 },
  quick: { rounds: 1, warmUpMs: 300, warmMs: 50, durationMs: 200, maxRepeats: 0 },
}
const load = { concurrency: 50 }
/** CPU of a request with two workers, as a multiple of that with one. */
const goal = 1.1

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const pace = options.quick ? paces.quick : paces.full
  const rounds = options.rounds ?? pace.rounds
  const durationMs = options.durationMs ?? pace.durationMs
  const redis = await startRedis()
  if (redis === undefined) print('left out: limits in Redis (redis-server is not installed)')
  const sockets = [
    { store: 'memory', socket: '' },
    ...(redis === undefined ? [] : [{ store: 'Redis', socket: redis.socket }]),
  ]
  const setups = sockets.flatMap(({ store, socket }) =>
    [1, 2].map((workers) => ({
      name: `${workers} worker${workers > 1 ? 's' : ''}, ${store}`,
      workers,
      redisSocket: socket,
    })),
  )
  const calibration = createCalibrationRecord()
  /** @type {Awaited<ReturnType<typeof open>>[]} */
  const opened = []
  try {
    for (const setup of setups) {
      progress(`opening ${setup.name}`)
      opened.push(await open(setup, { ...load, durationMs: pace.warmUpMs }))
    }
    const outcomes = await interleave(
      opened.map((one) => ({
        name: one.name,
        measure: () => measure(one, { ...load, warmMs: pace.warmMs, durationMs }, calibration),
      })),
      {
        rounds,
        maxRepeats: pace.maxRepeats,
        random: seededRandom(options.seed),
        limits: defaultNoiseLimits,
        onRound: (round) => progress(`round ${round + 1} of ${rounds}`),
      },
    )
    const lines = summarise(outcomes)
    print(`\n${load.concurrency} in flight from one client, ${rounds} rounds of ${durationMs} ms\n\n${render(lines)}`)
    print('\nThe client takes a core too: on two cores the second worker cannot double the requests.')
    const met = lines.every(({ ratio }) => ratio === undefined || (ratio !== null && ratio.median <= goal))
    print(`CPU of a request, two workers against one (goal <= ${goal}): ${met ? 'met' : 'missed'}`)
    const missing = lines.flatMap(({ name, failure, ratio }) => {
      if (failure !== null) return [`${name}: ${failure}`]
      return ratio === undefined || ratioParses(ratio) ? [] : [`${name}: no ratio against one worker`]
    })
    return {
      result: { load, pace: { ...pace, rounds, durationMs }, goal, met, lines },
      problems: [...missing, ...losses(outcomes)],
    }
  } finally {
    await Promise.all(opened.flatMap(({ client, server }) => [client.stop(), server.stop()]))
    await redis?.stop()
  }
}

/** @param {ReturnType<typeof summarise>} lines */
function render(lines) {
  const header = ['workers, limits', 'requests/s', 'CPU µs', '× one', 'least share', 'MB', 'p50 µs', 'p99 µs', 'noisy']
  const rows = lines.map((line) => [
    line.name,
    formatNumber(line.requestsPerSecond),
    formatNumber(line.cpuMicros, 1),
    formatNumber(line.ratio?.median, 2),
    formatNumber(line.leastShare, 2),
    formatNumber(line.residentMb),
    formatNumber(line.p50Micros),
    formatNumber(line.p99Micros),
    String(line.spoilt),
  ])
  return renderTable(header, rows)
}
