// Every entry of the built package loads by `import` and by `require`, and both give the same module; the command runs.
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const { name, version, exports, bin } = require('../package.json')

for (const entry of Object.keys(exports)) {
  if (entry.endsWith('.json')) continue
  const specifier = entry.replace(/^\./, name)
  const [imported, required] = [await import(specifier), require(specifier)]
  const names = Object.keys(imported)
  if (names.length === 0 || names.some((key) => imported[key] !== required[key])) {
    throw new Error(`${specifier}: import gives ${names}, require gives ${Object.keys(required)}`)
  }
}

const eager = ['@opentelemetry/api', 'prom-client', 'rate-limiter-flexible', 're2js', 'yaml'].filter((lazy) =>
  Object.keys(require.cache).some((file) => file.includes(`/node_modules/${lazy}/`)),
)
if (eager.length > 0) throw new Error(`loaded with the entries, though they load on first use: ${eager}`)

const command = new URL(`../${bin.sidecarless}`, import.meta.url)
const printed = execFileSync(fileURLToPath(command), ['--version'], { encoding: 'utf8' }).trim()
if (printed !== version) throw new Error(`the command says that it is ${printed}, not ${version}`)
