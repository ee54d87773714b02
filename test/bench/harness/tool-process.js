/** Foreign servers as child processes: found, started with a config, waited for, stopped, and nothing left behind. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const START_TRIES = 200
const STOP_MS = 5_000

/** Nothing outlives this process: the last resort behind `stop`. SIGTERM, for at SIGKILL nginx leaves its workers. */
const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))

/**
 * @typedef {object} Tool
 * @property {string | undefined} [variable] of the environment that names the program
 * @property {string} program on the PATH
 * @property {string} versionFlag
 * @property {RegExp} version
 */

/**
 * @param {Tool} tool
 * @returns {{ path: string, version: string } | null} null when it is not installed
 */
export function findTool({ program, variable, versionFlag, version }) {
  const path = (variable === undefined ? undefined : process.env[variable]) ?? program
  try {
    // nginx tells its version on the error stream.
    const told = execFileSync('sh', ['-c', '"$0" "$1" 2>&1', path, versionFlag], { encoding: 'utf8' })
    return { path, version: version.exec(told)?.[1] ?? 'unknown' }
  } catch {
    return null
  }
}

/** @typedef {ReturnType<typeof startTool>} ToolProcess */

/**
 * @param {string} path of the program
 * @param {object} options
 * @param {string} options.config
 * @param {(file: string) => string[]} options.args
 * @param {string} options.folder where the config is written
 * @param {number} options.port on 127.0.0.1, where it listens once it is ready
 */
export function startTool(path, { config, args, folder, port }) {
  const file = join(folder, 'config')
  writeFileSync(file, config)
  const child = spawn(path, args(file), { stdio: ['ignore', 'ignore', 'pipe'] })
  running.add(child)
  let told = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (told = (told + text).slice(-2_000)))
  const exited = new Promise((resolve) => {
    child.once('error', resolve)
    child.once('exit', resolve)
  }).then(() => running.delete(child))

  async function stop() {
    if (!running.has(child)) return
    child.kill('SIGTERM')
    const hammer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await exited
    clearTimeout(hammer)
  }

  async function ready() {
    for (let tries = 0; tries < START_TRIES && running.has(child); tries += 1) {
      if (await accepts(port)) return
      await sleep(50)
    }
    throw new Error(`${path} did not start: ${told}`)
  }
  return { pid: child.pid ?? 0, ready: ready(), stop }
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
async function accepts(port) {
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

/**
 * Held together, so that no two are the same.
 * @param {number} count
 */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** @param {number} pid */
export function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
