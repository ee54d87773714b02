/** The `policies` suite: what all policies add to a call, on connections without a wire, so that nothing else is in the figure. */
import { foreignCores, readClocks } from '../../harness/clocks.js'
import { createCalibrationRecord, defaultNoiseLimits } from '../../harness/noise.js'
import { seededRandom } from '../../harness/random.js'
import { figureParses, pairedDifference } from '../../harness/ratios.js'
import { startProcess } from '../../harness/remote-process.js'
import { interleave, losses, spoiltIn } from '../../harness/rounds.js'
import { spreadOf } from '../../harness/statistics.js'
import { formatNumber, renderTable } from '../../harness/table.js'

/** Packages whose versions belong beside the numbers. */
export const packages = ['undici', 'opossum', 'prom-client', '@opentelemetry/api']

const bare = 'transport alone'
const contenders = {
  [bare]: 'transport',
  'mesh.request, policies off': 'request-off',
  'mesh.request, all policies': 'request-on',
  'mesh.fetch, all policies': 'fetch-on',
}
/** Of every policy together over the transport alone, a call. */
const goals = { micros: 4, bytes: 2_048 }

const paces = {
  full: { rounds: 9, warmUpMs: 3_000, durationMs: 1_000, maxRepeats: 3 },
  quick: { rounds: 3, warmUpMs: 500, durationMs: 200, maxRepeats: 0 },
}

/**
 * @param {import('../../harness/arguments.js').Arguments} options
 * @param {{ print: (text: string) => void, progress: (text: string) => void }} output
 * @returns {Promise<{ result: object, problems: string[] }>}
 */
export async function run({ quick, rounds, durationMs, seed }, { print, progress }) {
  const chosen = quick ? paces.quick : paces.full
  const pace = { ...chosen, rounds: rounds ?? chosen.rounds, durationMs: durationMs ?? chosen.durationMs }
  const calibration = createCalibrationRecord()
  const clients = new Map()
  try {
    for (const [name, module] of Object.entries(contenders)) {
      progress(`opening ${name}`)
      const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url))
      clients.set(name, client)
      await client.call('open', { module: new URL(`./contenders/${module}.js`, import.meta.url).href })
      await client.call('warm', { concurrency: 50, durationMs: pace.warmUpMs })
    }
    const outcomes = await interleave(
      [...clients].map(([name, client]) => ({ name, measure: () => measure(client, pace, calibration) })),
      {
        ...pace,
        random: seededRandom(seed),
        limits: defaultNoiseLimits,
        onRound: (round) => progress(`round ${round + 1} of ${pace.rounds}`),
      },
    )
    const { result, problems } = report(outcomes, print)
    return { result: { pace, ...result }, problems }
  } finally {
    await Promise.all([...clients.values()].map((client) => client.stop()))
  }
}

/**
 * @param {import('../../harness/remote-process.js').RemoteProcess} client
 * @param {{ durationMs: number }} pace
 * @param {import('../../harness/noise.js').CalibrationRecord} calibration
 */
async function measure(client, { durationMs }, calibration) {
  const before = readClocks([client.pid])
  const sample = await client.call('measure', { concurrency: 50, durationMs })
  const foreign = foreignCores(before, readClocks([client.pid]))
  return { ...sample, noise: calibration.noiseOf(sample.calibrationsMs, foreign) }
}

/**
 * @param {Awaited<ReturnType<typeof interleave>>} outcomes
 * @param {(text: string) => void} print
 */
function report(outcomes, print) {
  const perCall = (name, key) => (outcomes.get(name)?.rounds ?? []).map((round) => round && round[key] / round.calls)
  const figureOf = (name, key) => spreadOf(perCall(name, key).filter((value) => value !== null))
  const addedBy = (name, key) => pairedDifference(perCall(name, key), perCall(bare, key))
  const lines = [...outcomes.keys()].map((name) => ({
    name,
    micros: figureOf(name, 'cpuMicros'),
    bytes: figureOf(name, 'allocatedBytes'),
    addedMicros: addedBy(name, 'cpuMicros'),
    addedBytes: addedBy(name, 'allocatedBytes'),
    spoilt: spoiltIn(outcomes.get(name)?.rounds ?? []),
  }))
  const rows = lines.map(({ name, micros, bytes, addedMicros, addedBytes }) => [
    name,
    formatNumber(micros.median, 2),
    formatNumber(addedMicros?.median, 2),
    formatNumber(bytes.median),
    formatNumber(addedBytes?.median),
  ])
  print(`\n${renderTable(['50 in flight', 'CPU µs', 'added', 'heap B', 'added'], rows)}`)
  const all = lines.find(({ name }) => name === 'mesh.request, all policies')
  const judged = [
    { name: 'all policies together, µs a call', measured: all?.addedMicros ?? null, atMost: goals.micros },
    { name: 'all policies together, B a call', measured: all?.addedBytes ?? null, atMost: goals.bytes },
  ].map((goal) => ({ ...goal, met: goal.measured === null ? null : goal.measured.median <= goal.atMost }))
  print(
    `\n${judged.map(({ name, measured, atMost, met }) => `${name}: ${formatNumber(measured?.median, 2)} (goal <= ${atMost}): ${met ? 'met' : 'missed'}`).join('\n')}`,
  )
  const missing = lines
    .filter((line) => ![line.micros, line.bytes, line.addedMicros, line.addedBytes].every(figureParses))
    .map(({ name }) => `${name}: a figure is no number`)
  return { result: { goals: judged, lines }, problems: [...missing, ...losses(outcomes)] }
}
