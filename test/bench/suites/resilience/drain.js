/** N15: a process that is told to end, and a thousand connections that are kept alive. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { atMost } from './figure.js'

const file = new URL('./instance.js', import.meta.url)

/** @param {import('./figure.js').Context} context */
export async function drain({ quick }) {
  const connections = quick ? 200 : 1_000
  const child = fork(file, [], { env: { ...process.env, PORT: '0' } })
  const [{ port }] = await once(child, 'message')
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections })
  let resets = 0
  agent.on('free', (socket) => socket.once('error', () => resets++))

  /** Half of them with a request under way. @param {number} count */
  async function requests(count) {
    const ask = () =>
      new Promise((resolve) => {
        const request = http.get({ port, host: '127.0.0.1', agent }, (response) => response.resume().on('end', resolve))
        request.on('error', () => {
          resets += 1
          resolve(undefined)
        })
      })
    await Promise.all(Array.from({ length: count }, ask))
  }

  await requests(connections)
  const exited = once(child, 'exit')
  const since = performance.now()
  const underWay = requests(connections / 2)
  await new Promise((resolve) => setTimeout(resolve, 10))
  child.kill('SIGTERM')
  await underWay
  const [code] = await exited
  const tookMs = performance.now() - since
  agent.destroy()
  return [
    atMost(`N15 resets on ${connections} connections that are kept alive`, resets + (code === 0 ? 0 : 1), 0),
    atMost('N15 from SIGTERM to the exit', tookMs, 15_000, { unit: ' ms', timed: true }),
  ]
}
