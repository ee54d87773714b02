import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A Redis for this run alone, on a socket in a temporary folder; undefined where `redis-server` is not installed. */
export async function startRedis() {
  const folder = mkdtempSync(join(tmpdir(), 'sidecarless-cluster-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const socket = join(folder, 'redis.sock')
  const options = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '']
  const child = spawn('redis-server', options, { stdio: 'ignore' })
  const ended = once(child, 'exit').catch(() => undefined) // an error when it is not installed
  process.once('exit', () => child.kill())
  while (!(await accepts(socket))) {
    if (child.pid === undefined || child.exitCode !== null) return undefined
    await sleep(20)
  }
  return {
    socket,
    stop() {
      child.kill()
      return ended
    },
  }
}

async function accepts(path) {
  const probe = connect(path)
  try {
    await once(probe, 'connect')
    return true
  } catch {
    return false
  } finally {
    probe.destroy()
  }
}
