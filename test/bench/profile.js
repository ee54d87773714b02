/**
 * Profiles one contender of the `client`, the `gateway`, the `server` or the `sidecar` suite under steady load, with V8's
 * own profilers, and prints the functions that hold most of the processor. The profile opens in any DevTools.
 *
 *   node test/bench/profile.js 'mesh.request, all policies' [--seconds 10] [--heap] [--out DIR]
 *   node test/bench/profile.js 'mesh.gateway, policies'
 *   node test/bench/profile.js 'Fastify + meshPlugin, all policies'
 *   node test/bench/profile.js 'mesh.request to mesh.server, mTLS: server'
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { selfTimes } from './harness/cpu-profile.js'
import { formatNumber, renderTable } from './harness/table.js'
import * as client from './suites/client/profiled.js'
import * as gateway from './suites/gateway/profiled.js'
import * as server from './suites/server/profiled.js'
import * as sidecar from './suites/sidecar/profiled.js'

const suites = [client, gateway, server, sidecar]

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

const name = positionals[0] ?? ''
const suite = suites.find(({ names }) => names.includes(name))
if (suite === undefined) {
  console.error(`name one of:\n${suites.flatMap(({ names }) => names.map((one) => `  ${one}`)).join('\n')}`)
  process.exit(2)
}

const kind = values.heap ? 'heap' : 'cpu'
const file = `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${Date.now()}.${kind}profile`
mkdirSync(values.out, { recursive: true })

const { calls, cpuMicros, allocatedBytes } = await suite.profile(name, {
  execArgv: [`--${kind}-prof`, `--${kind}-prof-dir=${values.out}`, `--${kind}-prof-name=${file}`],
  load: { concurrency: Number(values.concurrency), durationMs: Number(values.seconds) * 1_000 },
  transport: values.transport,
  payload: values.payload,
})
const cpu = formatNumber(cpuMicros / calls, 1)
const bytes = formatNumber(allocatedBytes / calls)
console.log(`${formatNumber(calls)} calls, ${cpu} µs of CPU and ${bytes} B of heap each, profiler included`)

// A profiler that could not write says so itself: then there is nothing to sum up.
if (kind === 'cpu' && readdirSync(values.out).includes(file)) {
  const rows = selfTimes(JSON.parse(readFileSync(join(values.out, file), 'utf8')))
    .slice(0, Number(values.top))
    .map(({ name, place, share }) => [name, place, `${formatNumber(share * 100, 1)} %`])
  console.log(`\n${renderTable(['function', 'place', 'self'], rows)}\n`)
}
console.log(join(values.out, file))
