// `npm run test:matrix [-- MAJOR...]`: the tests under other Node lines, each taken from the npm package `node`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const majors = process.argv.length > 2 ? process.argv.slice(2) : ['22', '24', '26']
const results = []

for (const major of majors) {
  const folder = mkdtempSync(join(tmpdir(), `node-${major}-`))
  try {
    const node = install(major, folder)
    console.log(`\nNode ${spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()}`)
    const env = { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` }
    const run = spawnSync(node, [vitest, 'run', '--config', 'test/vitest.config.ts'], {
      cwd: root,
      env,
      stdio: 'inherit',
    })
    results.push({ major, ok: run.status === 0 })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const { major, ok } of results) console.log(`${ok ? 'ok  ' : 'FAIL'} Node ${major}`)
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1

function install(major, folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  // The package `node` fetches its binary in an install script; the binary's own package needs none.
  const binary = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const npm = spawnSync('npm', ['install', '--silent', '--no-save', `${binary}@${major}`], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (npm.status !== 0) throw new Error(`npm could not install ${binary}@${major}`)
  return join(folder, 'node_modules', binary, 'bin', 'node')
}
