/**
 * `npm run bench -- SUITE`: runs a suite, prints its tables, writes its JSON. The exit code tells whether
 * everything ran and every ratio parses. Goals of speed are for a reader to judge, on a quiet machine; those of `overload` and
 * `resilience` are judged here.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArguments, usage } from './harness/arguments.js'
import { describeCommit } from './harness/commit.js'
import { describeMachine } from './harness/machine.js'
import { resultFile } from './harness/result-file.js'

/** A new suite is one line here. */
const suites = {
  client: () => import('./suites/client/index.js'),
  limits: () => import('./suites/limits/index.js'),
  memory: () => import('./suites/memory/index.js'),
  gateway: () => import('./suites/gateway/index.js'),
  overload: () => import('./suites/overload/index.js'),
  policies: () => import('./suites/policies/index.js'),
  resilience: () => import('./suites/resilience/index.js'),
  routing: () => import('./suites/routing/index.js'),
  startup: () => import('./suites/startup/index.js'),
  scale: () => import('./suites/scale/index.js'),
  server: () => import('./suites/server/index.js'),
  sidecar: () => import('./suites/sidecar/index.js'),
  update: () => import('./suites/update/index.js'),
}

const options = parseArguments(process.argv.slice(2))
const load = suites[options.suite ?? '']
if (load === undefined) {
  console.error(`${usage}\n\nsuites: ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}

const suite = await load()
const machine = describeMachine(suite.packages)
const commit = describeCommit()
const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`)
console.log(`Node ${machine.node}, ${machine.platform}, ${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB`)
console.log([...versions, ...(commit === null ? [] : [`commit ${commit}`])].join(', '))

const startedAt = new Date()
const { result, problems } = await suite.run(options, { print: console.log, progress: showProgress })
showProgress('')

const file = options.json ?? resultFile(options.suite ?? '')
mkdirSync(dirname(file), { recursive: true })
const tookMs = Date.now() - startedAt.getTime()
const settings = { quick: options.quick, filter: options.filter.source, seed: options.seed }
const report = {
  suite: options.suite,
  startedAt: startedAt.toISOString(),
  tookMs,
  commit,
  machine,
  settings,
  ...result,
  problems,
}
writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
console.log(`\n${Math.round(tookMs / 1_000)} s; written to ${file}`)

for (const problem of problems) console.error(`problem: ${problem}`)
process.exitCode = problems.length === 0 ? 0 : 1

/**
 * One line that rewrites itself, only where somebody is looking.
 * @param {string} text
 */
function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`)
}
