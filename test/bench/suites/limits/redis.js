/** A Redis of the suite's own, on a free port and without persistence, and a connection to ask it what it has done. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'

/**
 * @typedef {object} RedisServer
 * @property {number} port
 * @property {number} pid
 * @property {string} version
 * @property {() => Promise<number>} decided scripts and increments that it has run
 * @property {() => Promise<void>} stop
 */

/** @returns {Promise<RedisServer | null>} null where `redis-server` is not installed */
export async function startRedis() {
  const port = await freePort()
  const folder = mkdtempSync(join(tmpdir(), 'bench-redis-'))
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]
  const child = spawn('redis-server', options, { stdio: 'ignore' })
  const ended = once(child, 'exit').catch(() => undefined)
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null })
  client.on('error', () => {})

  async function stop() {
    client.disconnect()
    child.kill()
    await ended
    rmSync(folder, { recursive: true, force: true })
  }

  for (let tries = 0; client.status !== 'ready'; tries += 1) {
    if (child.pid === undefined || child.exitCode !== null || tries > 500) {
      await stop()
      return null
    }
    await sleep(10)
  }
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown'
  return {
    port,
    pid: child.pid ?? 0,
    version,
    async decided() {
      const stats = await client.info('commandstats')
      const calls = [...stats.matchAll(/^cmdstat_(?:incr|eval|evalsha):calls=(\d+)/gm)]
      return calls.reduce((sum, [, count]) => sum + Number(count), 0)
    },
    stop,
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
