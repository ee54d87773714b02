import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Why tests that need a Redis cannot run; undefined when they can. */
export const noRedis: string | undefined =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'the binary redis-server is not installed'

/** A Redis of the test's own. */
export interface RedisServer {
  readonly port: number
  /** Dies without saying so. */
  kill(): Promise<void>
  /** Comes back on its port, empty. */
  restart(): Promise<void>
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (await accepts(port)) return
    await delay(10)
  }
  throw new Error(`redis-server ended with ${child.exitCode}`)
}

/** Starts a Redis on a free port, without persistence. */
export async function startRedis(extra: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  const directory = mkdtempSync(join(tmpdir(), 'redis-'))
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--save',
        '',
        '--repl-diskless-sync-delay',
        '0',
        '--dir',
        directory,
        ...extra,
      ],
      { stdio: 'ignore' },
    )
    await listening(port, child)
    return child
  }
  let child = await start()
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  return {
    port,
    kill,
    async restart() {
      await kill()
      child = await start()
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async stop() {
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
