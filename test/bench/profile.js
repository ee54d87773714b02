/**
 * Profiles one contender of the `client` suite under steady load, with V8's own profilers, and prints the
 * functions that hold most of the processor. The profile opens in any DevTools.
 *
 *   node test/bench/profile.js 'mesh.request, all policies' [--seconds 10] [--heap] [--out DIR]
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { selfTimes } from './harness/cpu-profile.js'
import { startProcess } from './harness/remote-process.js'
import { formatNumber, renderTable } from './harness/table.js'
import { contenders, moduleOf } from './suites/client/contenders.js'
import { startUpstream } from './suites/client/upstream.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    heap: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('./profiles', import.meta.url)) },
    transport: { type: 'string', default: 'http' },
    payload: { type: 'string', default: '500B' },
    concurrency: { type: 'string', default: '50' },
    top: { type: 'string', default: '30' },
  },
})

const contender = contenders.find(({ name }) => name === positionals[0])
if (contender === undefined) {
  console.error(`name one of:\n${contenders.map(({ name }) => `  ${name}`).join('\n')}`)
  process.exit(2)
}

const kind = values.heap ? 'heap' : 'cpu'
const file = `${contender.name.replaceAll(/[^a-z0-9]+/gi, '-')}-${Date.now()}.${kind}profile`
mkdirSync(values.out, { recursive: true })

const upstream = await startUpstream()
const client = startProcess(new URL('./harness/contender-process.js', import.meta.url), {
  execArgv: [`--${kind}-prof`, `--${kind}-prof-dir=${values.out}`, `--${kind}-prof-name=${file}`],
})
const load = { concurrency: Number(values.concurrency), durationMs: Number(values.seconds) * 1_000 }
try {
  await client.call('open', { module: moduleOf(contender), options: upstream.targetOf(values) })
  const sample = await client.call('measure', load)
  await client.call('close')
  const cpu = formatNumber(sample.cpuMicros / sample.calls, 1)
  const bytes = formatNumber(sample.allocatedBytes / sample.calls)
  console.log(`${formatNumber(sample.calls)} calls, ${cpu} µs of CPU and ${bytes} B of heap each, profiler included`)
} finally {
  await client.stop()
  await upstream.process.stop()
}

// A profiler that could not write says so itself: then there is nothing to sum up.
if (kind === 'cpu' && readdirSync(values.out).includes(file)) {
  const rows = selfTimes(JSON.parse(readFileSync(join(values.out, file), 'utf8')))
    .slice(0, Number(values.top))
    .map(({ name, place, share }) => [name, place, `${formatNumber(share * 100, 1)} %`])
  console.log(`\n${renderTable(['function', 'place', 'self'], rows)}\n`)
}
console.log(join(values.out, file))
