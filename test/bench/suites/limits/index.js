/** The `limits` suite: what a decision of the rate limiter costs, in memory and through Redis, beside what it is built on. */
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { pairedRatio, ratioParses } from '../../harness/ratios.js'
import { startProcess } from '../../harness/remote-process.js'
import { interleave, losses, spoiltIn } from '../../harness/rounds.js'
import { median, relativeSpread, spreadOf } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'
import { contenders, goals, moduleOf } from './contenders.js'
import { measureOnce } from './measurement.js'
import { startRedis } from './redis.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['rate-limiter-flexible', 'ioredis', 'redis']

const CONCURRENCY = 50

const paces = {
  full: { rounds: 7, warmUpMs: 2_000, warmMs: 200, durationMs: 1_000, maxRepeats: 3 },
  quick: { rounds: 2, warmUpMs: 300, warmMs: 30, durationMs: 100, maxRepeats: 0 },
}

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const plan = options.quick ? paces.quick : paces.full
  const pace = {
    ...plan,
    rounds: options.rounds ?? plan.rounds,
    durationMs: options.durationMs ?? plan.durationMs,
  }
  const load = { concurrency: CONCURRENCY, warmMs: pace.warmMs, durationMs: pace.durationMs }
  const redis = await startRedis()
  print(redis === null ? 'left out: everything on Redis (redis-server is not installed)' : `Redis ${redis.version}`)
  const chosen = contenders.filter(
    ({ name, client, reference }) =>
      (client === 'none' || redis !== null) && (options.filter.test(name) || name === reference),
  )
  const calibration = createCalibrationRecord()
  /** @type {Map<string, import('../../harness/remote-process.js').RemoteProcess>} */
  const clients = new Map()
  try {
    for (const contender of chosen) {
      progress(`opening ${contender.name}`)
      const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url))
      clients.set(contender.name, client)
      const target = { client: contender.client, port: redis?.port ?? 0 }
      await client.call('open', { module: moduleOf(contender), options: target })
      await client.call('warm', { concurrency: CONCURRENCY, durationMs: pace.warmUpMs })
    }
    const outcomes = await interleave(
      chosen.map((contender) => ({
        name: contender.name,
        measure() {
          const store = contender.client === 'none' ? null : redis
          return measureOnce(contender, clients.get(contender.name), store, load, calibration)
        },
      })),
      {
        rounds: pace.rounds,
        maxRepeats: pace.maxRepeats,
        random: seededRandom(options.seed),
        limits: defaultNoiseLimits,
        onRound: (round) => progress(`round ${round + 1} of ${pace.rounds}`),
      },
    )
    const lines = summarise(outcomes)
    print(`\n1,000 keys, ${CONCURRENCY} at a time, ${pace.rounds} rounds of ${pace.durationMs} ms\n\n${render(lines)}`)
    const judged = judge(lines)
    print(`\n${judged.map(renderGoal).join('\n')}`)
    const missing = lines.flatMap(({ name, failure, ratio }) =>
      failure !== null ? [`${name}: ${failure}`] : ratioParses(ratio) ? [] : [`${name}: no ratio`],
    )
    const problems = [...missing, ...losses(outcomes)]
    return { result: { redis: redis?.version ?? null, pace, goals: judged, lines }, problems }
  } finally {
    await Promise.all([...clients.values()].map((client) => client.stop()))
    await redis?.stop()
  }
}

/** @param {Map<string, import('../../harness/rounds.js').Outcome<import('./measurement.js').Measurement>>} outcomes */
function summarise(outcomes) {
  const cpuOf = (name) =>
    outcomes.get(name)?.rounds.map((round) => (round === null ? null : round.cpuMicros / round.calls)) ?? []
  return [...outcomes].map(([name, { rounds, failure, repeated }]) => {
    const valid = rounds.filter((round) => round !== null)
    const perCall = (read) => median(valid.map((sample) => (read(sample) ?? Number.NaN) / sample.calls))
    const reference = contenders.find((contender) => contender.name === name)?.reference ?? ''
    return {
      name,
      failure: valid.length === 0 ? (failure ?? 'not measured') : null,
      reference,
      ratio: pairedRatio(cpuOf(name), cpuOf(reference)),
      decisionsPerSecond: median(valid.map(({ calls, wallMs }) => (calls / wallMs) * 1_000)),
      cpuMicros: spreadOf(valid.map(({ cpuMicros, calls }) => cpuMicros / calls)),
      redisCpuMicros: perCall(({ redisCpuMicros }) => redisCpuMicros),
      redisRuns: perCall(({ redisRuns }) => redisRuns),
      bytes: perCall(({ allocatedBytes }) => allocatedBytes),
      p50Micros: median(valid.map(({ p50Micros }) => p50Micros)),
      p99Micros: median(valid.map(({ p99Micros }) => p99Micros)),
      spoilt: spoiltIn(rounds),
      repeated,
    }
  })
}

/** @param {readonly ReturnType<typeof summarise>[number][]} lines */
function judge(lines) {
  return goals.map((goal) => {
    const ratio = lines.find(({ name }) => name === goal.contender)?.ratio ?? null
    return { ...goal, ratio, met: ratio === null ? null : ratio.median <= goal.atMost }
  })
}

/** @param {ReturnType<typeof judge>[number]} judged */
function renderGoal({ contender, reference, ratio, atMost, met }) {
  const goal = `goal <= ${formatNumber(atMost, 2)}`
  if (ratio === null) return `${contender} against ${reference}: not measured (${goal})`
  const range = `${formatNumber(ratio.min, 2)}-${formatNumber(ratio.max, 2)}`
  return `${contender} against ${reference}: ${formatNumber(ratio.median, 2)} of its client CPU, rounds ${range} (${goal}): ${met ? 'met' : 'missed'}`
}

/** @param {readonly ReturnType<typeof summarise>[number][]} lines */
function render(lines) {
  return renderTable(
    [
      'limiter',
      'decisions/s',
      'CPU µs',
      '±',
      '× library',
      'Redis µs',
      'Redis runs',
      'heap B',
      'p50 µs',
      'p99 µs',
      'noisy',
    ],
    lines
      .filter(({ failure }) => failure === null)
      .map((line) => [
        line.name,
        formatNumber(line.decisionsPerSecond),
        formatNumber(line.cpuMicros.median, 2),
        `${formatNumber(relativeSpread(line.cpuMicros) * 100)} %`,
        formatNumber(line.ratio?.median, 2),
        formatNumber(line.redisCpuMicros, 1),
        formatNumber(line.redisRuns, 2),
        formatNumber(line.bytes),
        formatNumber(line.p50Micros, 1),
        formatNumber(line.p99Micros, 1),
        String(line.spoilt),
      ]),
  )
}
