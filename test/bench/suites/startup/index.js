/** The `startup` suite: what a cold import costs, and how soon the first call has been made. */
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { figureParses } from '../../harness/ratios.js'
import { startProcess } from '../../harness/remote-process.js'
import { interleave, spoiltIn } from '../../harness/rounds.js'
import { spreadOf } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'
import { startOnce } from './measurement.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'valibot', 'opossum', 'p-retry', 'prom-client', 'jose', 'yaml', 're2js']

const reference = 'undici'
const subjects = [
  { name: reference, title: "import 'undici'" },
  { name: 'sidecarless', title: "import 'sidecarless'" },
  { name: 'dependencies', title: 'its dependencies, all of them' },
  { name: 'nothing', title: 'nothing: the built-in fetch' },
]

/** Milliseconds of a cold import beyond the reference's. */
const goal = { name: `import 'sidecarless' beyond import 'undici'`, atMostMs: 40 }

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run(options, { print, progress }) {
  const rounds = options.rounds ?? (options.quick ? 3 : 25)
  const calibration = createCalibrationRecord()
  const server = startProcess(new URL('../../server.js', import.meta.url))
  try {
    const [port] = await server.call('listen', { ports: 1, tls: null })
    const origin = `http://127.0.0.1:${port}`
    // Once before anything counts: the files come from the disk.
    for (const { name } of subjects) startOnce(name, origin, calibration)
    const outcomes = await interleave(
      subjects.map(({ name }) => ({ name, measure: async () => startOnce(name, origin, calibration) })),
      {
        rounds,
        maxRepeats: options.quick ? 1 : 4,
        random: seededRandom(options.seed),
        limits: defaultNoiseLimits,
        onRound: (round) => progress(`round ${round + 1} of ${rounds}`),
      },
    )
    const lines = subjects.map(({ name, title }) => summarise(title, outcomes.get(name), outcomes.get(reference)))
    print(`\n${render(lines)}`)
    const beyond = lines[1].beyondMs
    const met = beyond !== null && beyond.median <= goal.atMostMs
    const measured = `${formatNumber(beyond?.median, 1)} ms, quartiles ${formatNumber(beyond?.q1, 1)}-${formatNumber(beyond?.q3, 1)}`
    print(`\n${goal.name}: ${measured} (goal <= ${goal.atMostMs} ms): ${met ? 'met' : 'missed'}`)
    const failures = subjects.flatMap(({ name, title }) => {
      const failure = outcomes.get(name)?.failure
      return failure ? [`${title}: ${failure}`] : []
    })
    const missing = lines
      .filter((line) => !figuresOf(line).every(figureParses))
      .map(({ title }) => `${title}: no number`)
    const problems = [...failures, ...missing]
    return { result: { rounds, goals: [{ ...goal, beyond, met }], lines }, problems }
  } finally {
    await server.stop()
  }
}

/**
 * @param {string} title
 * @param {import('../../harness/rounds.js').Outcome<import('./measurement.js').Start>} outcome
 * @param {import('../../harness/rounds.js').Outcome<import('./measurement.js').Start>} base
 */
function summarise(title, outcome, base) {
  const valid = outcome.rounds.filter((start) => start !== null)
  const pairs = outcome.rounds.flatMap((start, round) => {
    const other = base.rounds[round]
    return start === null || !other ? [] : [{ ms: start.importMs - other.importMs, cpuMs: start.cpuMs - other.cpuMs }]
  })
  const calls = valid.flatMap(({ firstCallMs }) => firstCallMs ?? [])
  return {
    title,
    importMs: spreadOf(valid.map(({ importMs }) => importMs)),
    beyondMs: outcome === base ? null : spreadOf(pairs.map(({ ms }) => ms)),
    beyondCpuMs: outcome === base ? null : spreadOf(pairs.map(({ cpuMs }) => cpuMs)),
    cpuMs: spreadOf(valid.map(({ cpuMs }) => cpuMs)),
    firstCallMs: calls.length === 0 ? null : spreadOf(calls),
    rssMb: spreadOf(valid.map(({ rssMb }) => rssMb)),
    spoilt: spoiltIn(outcome.rounds),
    repeated: outcome.repeated,
  }
}

/**
 * What was measured of a start: the reference has nothing beyond itself, and not everything can call.
 * @param {ReturnType<typeof summarise>} line
 */
function figuresOf({ importMs, cpuMs, rssMb, beyondMs, beyondCpuMs, firstCallMs }) {
  return [importMs, cpuMs, rssMb, ...[beyondMs, beyondCpuMs, firstCallMs].filter((figure) => figure !== null)]
}

/** @param {readonly ReturnType<typeof summarise>[]} lines */
function render(lines) {
  return renderTable(
    [
      'a fresh process',
      'import ms',
      'quartiles',
      'beyond undici',
      'CPU ms',
      'beyond undici',
      'first call ms',
      'RSS MB',
      'noisy',
    ],
    lines.map(({ title, importMs, beyondMs, cpuMs, beyondCpuMs, firstCallMs, rssMb, spoilt }) => [
      title,
      formatNumber(importMs.median, 1),
      `${formatNumber(importMs.q1, 1)}-${formatNumber(importMs.q3, 1)}`,
      formatNumber(beyondMs?.median, 1),
      formatNumber(cpuMs.median, 1),
      formatNumber(beyondCpuMs?.median, 1),
      formatNumber(firstCallMs?.median, 1),
      formatNumber(rssMb.median, 1),
      String(spoilt),
    ]),
  )
}
