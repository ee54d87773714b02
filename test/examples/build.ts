import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { start } from './run.js'

/** The repository. */
export const root: string = join(import.meta.dirname, '..', '..')

const lock = join(tmpdir(), `sidecarless-build-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`)

function newest(directory: string): number {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  return Math.max(...files.map((file) => statSync(join(directory, file)).mtimeMs))
}

function isBuilt(): boolean {
  try {
    return newest(join(root, 'src')) <= statSync(join(root, 'dist/index.js')).mtimeMs
  } catch {
    return false
  }
}

function tryLock(): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    return false
  }
}

/** A holder that was killed must not stop everybody after it. */
function breakStaleLock(): void {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') rmSync(lock, { force: true })
  }
}

/** Examples import the built package: it is built once, by whichever test file comes first, unless it is up to date. */
export async function ensureBuilt(): Promise<void> {
  while (!tryLock()) {
    breakStaleLock()
    await sleep(100)
  }
  try {
    if (isBuilt()) return
    const { code, output } = await start('npm', ['run', 'build', '--silent'], { cwd: root }).end
    if (code !== 0) throw new Error(`the build failed:\n${output}`)
  } finally {
    rmSync(lock, { force: true })
  }
}
