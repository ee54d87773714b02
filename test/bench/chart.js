/**
 * Draws what the last runs of the suites measured: an SVG each into `src/guides/benchmarks/`, its table into the README and
 * every goal into the guide, between the comments that mark them. A suite without a result of the oldest Node keeps what is there.
 *
 *   node test/bench/chart.js [FOLDER OF RESULTS]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawBars } from './chart/bars.js'
import { replaceBlock } from './chart/block.js'
import * as client from './chart/client.js'
import * as gateway from './chart/gateway.js'
import { verdict } from './chart/goals.js'
import * as limits from './chart/limits.js'
import * as memory from './chart/memory.js'
import * as overload from './chart/overload.js'
import * as policies from './chart/policies.js'
import * as resilience from './chart/resilience.js'
import * as routing from './chart/routing.js'
import * as scale from './chart/scale.js'
import { renderResults, renderSection } from './chart/section.js'
import * as server from './chart/server.js'
import * as sidecar from './chart/sidecar.js'
import * as startup from './chart/startup.js'
import * as update from './chart/update.js'
import { readReports, resultsFolder } from './harness/result-file.js'

const suites = {
  client,
  sidecar,
  server,
  gateway,
  policies,
  limits,
  memory,
  startup,
  scale,
  update,
  routing,
  resilience,
  overload,
}
const root = fileURLToPath(new URL('../..', import.meta.url))
const charts = 'src/guides/benchmarks'
const results = process.argv[2] ?? resultsFolder

mkdirSync(join(root, charts), { recursive: true })
for (const [name, { present }] of Object.entries(suites)) {
  const { oldest, others } = readReports(results, name)
  if (oldest === null) {
    console.log(`${name}: no result of a full run; run \`npm run bench -- ${name}\` first`)
    continue
  }
  const main = present(oldest)
  const image = `${charts}/${name}.svg`
  if (main.chart) writeFileSync(join(root, image), drawBars(main.chart))
  const beside = others.map((report) => ({ node: report.machine.node, presented: present(report) }))
  fill('README.md', name, renderSection(name, image, main, beside))
  fill('src/guides/results.md', name, renderResults(main, beside))
  console.log(`${name}: ${[main.table, verdict(main.goals)].filter(Boolean).join('\n\n')}\n`)
}

/**
 * @param {string} document
 * @param {string} name
 * @param {string} text
 */
function fill(document, name, text) {
  const file = join(root, document)
  writeFileSync(file, replaceBlock(readFileSync(file, 'utf8'), name, text))
}
