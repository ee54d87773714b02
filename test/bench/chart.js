/**
 * Draws what the last runs of the suites measured: an SVG each into `src/guides/benchmarks/`, and the tables into the
 * README, between the comments that mark them. A suite without a result keeps what is there.
 *
 *   node test/bench/chart.js [FOLDER OF RESULTS]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { drawBars } from './chart/bars.js'
import { replaceBlock } from './chart/block.js'
import * as client from './chart/client.js'
import * as sidecar from './chart/sidecar.js'

const suites = { client, sidecar }
const root = fileURLToPath(new URL('../..', import.meta.url))
const charts = 'src/guides/benchmarks'
const results = process.argv[2] ?? fileURLToPath(new URL('./results', import.meta.url))
const readme = join(root, 'README.md')

mkdirSync(join(root, charts), { recursive: true })
for (const [name, { present }] of Object.entries(suites)) {
  const file = join(results, `${name}.json`)
  if (!existsSync(file)) {
    console.log(`${name}: no result; run \`npm run bench -- ${name}\` first`)
    continue
  }
  const report = JSON.parse(readFileSync(file, 'utf8'))
  if (report.settings.quick) {
    console.log(`${name}: a quick run has no numbers to show`)
    continue
  }
  const { chart, table, caption } = present(report)
  const image = `${charts}/${name}.svg`
  writeFileSync(join(root, image), drawBars(chart))
  const block = `![${chart.title}](${image})\n\n${table}\n\n${caption}`
  writeFileSync(readme, replaceBlock(readFileSync(readme, 'utf8'), name, block))
  console.log(`${name}: ${image}, README.md\n\n${table}\n`)
}
