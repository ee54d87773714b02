/** One proxy beside the client and one beside the server: started, waited for, stopped, and nothing left behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
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
 * @typedef {object} Pair
 * @property {number} port where the client's proxy listens, in plain HTTP
 * @property {() => number[]} pids of all processes, workers too
 * @property {() => Promise<void>} stop
 */

/**
 * Client, plain, proxy, mutual TLS or plain, proxy, plain, server.
 * @param {import('./index.js').Proxy} proxy
 * @param {string} path of the program
 * @param {{ mtls: boolean, upstream: number, certificates: { server: Credentials, client: Credentials } }} options
 * @returns {Promise<Pair>}
 *
 * @typedef {import('../../../certificates.js').Credentials} Credentials
 */
export async function startPair(proxy, path, { mtls, upstream, certificates }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-proxies-'))
  const [port, between] = await freePorts(2)
  const inbound = { listen: between, upstream, tls: mtls ? 'listen' : null, certificate: certificates.server }
  const outbound = { listen: port, upstream: between, tls: mtls ? 'upstream' : null, certificate: certificates.client }
  /** @type {Started[]} */
  const started = []

  async function stop() {
    await Promise.all(started.map(({ stop }) => stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const [name, { certificate, ...side }] of Object.entries({ inbound, outbound })) {
      const own = join(folder, name)
      writeCertificate(own, certificate)
      started.push(startProxy(proxy, path, { ...side, folder: own }))
    }
    await Promise.all(started.map(({ ready }) => ready))
  } catch (error) {
    await stop()
    throw error
  }
  return { port, pids: () => started.flatMap(({ pid }) => [pid, ...childrenOf(pid)]), stop }
}

/**
 * @param {string} folder made here
 * @param {Credentials} credentials
 */
function writeCertificate(folder, { cert, key, ca }) {
  mkdirSync(folder)
  const files = { 'cert.pem': cert, 'key.pem': key, 'ca.pem': ca, 'both.pem': `${cert}\n${key}` }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
}

/** @typedef {ReturnType<typeof startProxy>} Started */

/**
 * @param {import('./index.js').Proxy} proxy
 * @param {string} path
 * @param {import('./index.js').Setting} setting
 */
function startProxy(proxy, path, setting) {
  const file = join(setting.folder, 'config')
  writeFileSync(file, proxy.config(setting))
  const child = spawn(path, proxy.args(file, setting.folder), { stdio: ['ignore', 'ignore', 'pipe'] })
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
      if (await accepts(setting.listen)) return
      await sleep(50)
    }
    throw new Error(`${proxy.name} did not start: ${told}`)
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
async function freePorts(count) {
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
function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
