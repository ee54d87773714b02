/**
 * Profiles one contender of the `client`, the `gateway`, the `server` or the `sidecar` suite under steady load, with V8's
 * own profilers, and prints the functions that hold most of the processor, or allocate most. The profile opens in any DevTools.
 *
 *   node test/bench/profile.js 'mesh.request, all policies' [--seconds 10] [--heap] [--out DIR]
 *   node test/bench/profile.js 'mesh.request, all policies' --limit 5 --except json
 *       # exit code 1 when one of our functions holds more, but for those of these names
 *   node test/bench/profile.js 'mesh.gateway, policies'
 *   node test/bench/profile.js 'Fastify + meshPlugin, all policies'
 *   node test/bench/profile.js 'mesh.request to mesh.server, mTLS: server'
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { selfTimes } from './harness/cpu-profile.js'
import { selfSizes } from './harness/heap-profile.js'
import { ownOutsideTransport } from './harness/own-functions.js'
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
    limit: { type: 'string' },
    except: { type: 'string', multiple: true, default: [] },
  },
})
const limit = values.limit === undefined ? null : Number(values.limit)
if (limit !== null && (values.heap || !(limit > 0))) {
  console.error('--limit is a percentage of CPU time, above 0 and without --heap')
  process.exit(2)
}

const name = positionals[0] ?? ''
const suite = suites.find(({ names }) => names.includes(name))
if (suite === undefined) {
  console.error(`name one of:\n${suites.flatMap(({ names }) => names.map((one) => `  ${one}`)).join('\n')}`)
  process.exit(2)
}

const kind = values.heap ? 'heap' : 'cpu'
const file = `${name.replaceAll(/[^a-z0-9]+/gi, '-')}-${Date.now()}.${kind}profile`
mkdirSync(values.out, { recursive: true })

const path = join(values.out, file)
const { calls, cpuMicros, allocatedBytes } = await suite.profile(name, {
  execArgv: values.heap
    ? allocationProfiler(path)
    : ['--cpu-prof', `--cpu-prof-dir=${values.out}`, `--cpu-prof-name=${file}`],
  load: { concurrency: Number(values.concurrency), durationMs: Number(values.seconds) * 1_000 },
  transport: values.transport,
  payload: values.payload,
})
const cpu = formatNumber(cpuMicros / calls, 1)
const bytes = formatNumber(allocatedBytes / calls)
console.log(`${formatNumber(calls)} calls, ${cpu} µs of CPU and ${bytes} B of heap each, profiler included`)

// A profiler that could not write says so itself: then there is nothing to sum up.
if (existsSync(path)) {
  const profile = JSON.parse(readFileSync(path, 'utf8'))
  const functions = values.heap ? selfSizes(profile) : selfTimes(profile)
  const rows = functions.slice(0, Number(values.top)).map(({ name, place, share }) => [name, place, percent(share)])
  console.log(`\n${renderTable(['function', 'place', 'self'], rows)}\n`)
  if (limit !== null) holdTo(limit, functions)
} else if (limit !== null) process.exitCode = 1
console.log(path)

/**
 * @param {string} path
 * @returns {string[]} flags of the process
 */
function allocationProfiler(path) {
  const profiler = new URL('./harness/allocation-profiler.js', import.meta.url)
  profiler.searchParams.set('file', path)
  return [`--import=${profiler}`]
}

/**
 * @param {number} limit percent
 * @param {readonly import('./harness/shares.js').Share[]} functions largest first
 */
function holdTo(limit, functions) {
  const own = ownOutsideTransport(functions).filter(({ name }) => !values.except.includes(name))
  const above = own.filter(({ share }) => share * 100 > limit)
  const largest = own[0] === undefined ? 'none of them ran' : `the largest holds ${percent(own[0].share)}`
  console.log(`our functions outside of the transport: ${largest}, ${above.length} above ${limit} %`)
  for (const { name, place, share } of above) console.error(`above ${limit} %: ${name}, ${place}, ${percent(share)}`)
  if (above.length > 0) process.exitCode = 1
}

/** @param {number} share 0-1 */
function percent(share) {
  return `${formatNumber(share * 100, 1)} %`
}
