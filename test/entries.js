// Every entry of the built package loads by `import` and by `require`, and both give the same module.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { name, exports } = require('../package.json')

for (const entry of Object.keys(exports)) {
  if (entry.endsWith('.json')) continue
  const specifier = entry.replace(/^\./, name)
  const [imported, required] = [await import(specifier), require(specifier)]
  const names = Object.keys(imported)
  if (names.length === 0 || names.some((key) => imported[key] !== required[key])) {
    throw new Error(`${specifier}: import gives ${names}, require gives ${Object.keys(required)}`)
  }
}

const eager = ['prom-client', 'rate-limiter-flexible', 'yaml'].filter((lazy) =>
  Object.keys(require.cache).some((file) => file.includes(`/node_modules/${lazy}/`)),
)
if (eager.length > 0) throw new Error(`loaded with the entries, though they load on first use: ${eager}`)
