// The quick start: five backends and an edge, each in a process of its own, and the client that calls them.
// `npm run quickstart`, or after a build `node examples/quickstart/main.js [folder of manifests]`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chapter, claim, FalseClaim, paint, say } from './narrator.js'
import { startProcess, stopProcesses } from './processes.js'
import { steps } from './steps.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const manifests = process.argv[2] ?? join(relative('', here), 'manifests')
const instances = { 'v1-1': 'v1', 'v1-2': 'v1', 'v1-3': 'v1', 'v2-1': 'v2', 'v2-2': 'v2' }
const begin = performance.now()

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
setTimeout(() => {
  console.error(paint('red', 'The quick start takes too long: giving up.'))
  process.exit(1)
}, 28_000).unref()

/** The CA and the keys of this run alone. */
const identities = mkdtempSync(join(tmpdir(), 'sidecarless-quickstart-'))
process.on('exit', () => rmSync(identities, { recursive: true, force: true }))

async function start() {
  const env = { IDENTITY_DIR: identities }
  const backends = await Promise.all(
    Object.entries(instances).map(([name, version]) => startProcess('backend.js', [name, version], env)),
  )
  const endpoints = backends.map(({ name, port }) => ({
    url: `https://127.0.0.1:${port}`,
    labels: { version: instances[name] },
  }))
  const edge = await startProcess('edge.js', ['edge', manifests, JSON.stringify(endpoints)], env)
  return { edge, backend: (name) => backends.find((one) => one.name === name) }
}

console.log(paint('bold', 'sidecarless: a service mesh and an API gateway inside the processes, no sidecar'))
try {
  chapter(0, 'Starting')
  const world = await start()
  const seconds = ((performance.now() - begin) / 1000).toFixed(1)
  say(
    `3 backends v1, 2 backends v2 (Fastify) and an edge (Express), in ${seconds} s; the identities are for development`,
  )
  const diagnostics = await world.edge.ask('diagnostics')
  claim(diagnostics.length === 0, [`${manifests}: everything in it is honoured`, ...diagnostics].join('\n   '))
  for (const [i, { title, run }] of steps.entries()) {
    chapter(i + 1, title)
    await run(world)
  }
  console.log(`\n${paint('green', 'Everything held')}, in ${((performance.now() - begin) / 1000).toFixed(1)} s.`)
} catch (error) {
  process.exitCode = 1
  console.error(`\n${paint('red', 'Failed:')} ${error instanceof FalseClaim ? error.message : error.stack}`)
} finally {
  await stopProcesses()
}
