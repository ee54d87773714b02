// `npm run check [-- NAME...]`: everything that can be said about the package without running its tests.
// One line a step; the output of a step is shown only when it fails, and a failed step does not hide the next ones.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const steps = {
  build: 'npm run build --silent',
  types: 'tsc -p test/tsconfig.json',
  biome: 'npm run lint --silent',
  architecture: 'vitest run --config test/vitest.config.ts test/architecture',
  docs: 'typedoc --emit none',
  package: 'npm run lint:package --silent',
  entries: 'node test/entries.js',
  declarations: 'tsc -p test/consumer && tsc -p test/consumer --module esnext --moduleResolution bundler',
  'unused code': 'knip',
}

const run = (command) =>
  new Promise((resolve) => {
    let output = ''
    const env = { ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}`, NO_COLOR: '1' }
    const child = spawn(command, { cwd: root, shell: true, env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => resolve({ code, output }))
  })

const wanted = process.argv.slice(2)
const failed = []
for (const [name, command] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const start = performance.now()
  const { code, output } = await run(command)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(12)} ${seconds.padStart(5)} s  ${command}`)
  if (code === 0) continue
  failed.push(name)
  console.log(output.replace(/^/gm, '     '))
}
console.log(failed.length === 0 ? 'check: all steps passed' : `check: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
