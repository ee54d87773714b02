import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MeshConfig } from '../../../src/index.js'
import { bootstrap } from './bootstrap.js'
import type { Json } from './envoy-route.js'
import type { Request } from './requests.js'

/** What Envoy's log says of a request. */
export interface Logged {
  readonly id: string
  readonly details: string | null
  readonly flags: string | null
  readonly cluster: string | null
  readonly route: string | null
}

/** What came back. */
export interface RawAnswer {
  readonly status: number
  /** Lower case; values of a repeated one joined by `,`. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Path of Envoy: `$ENVOY`, or the one on the PATH; undefined when there is none. */
export function findEnvoy(): string | undefined {
  const path = process.env.ENVOY ?? 'envoy'
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore' })
    return path
  } catch {
    return undefined
  }
}

async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`)
  return response.text()
}

async function until<T>(attempt: () => Promise<T> | T, what: string): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries === 300) throw new Error(`${what} did not come up`, { cause: error })
      await sleep(100)
    }
  }
}

/** A live Envoy that was configured from native configs. */
export class Envoy {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 32 })
  readonly #ports = new Map<string, number>()
  #admin = 0

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process
    this.#folder = folder
  }

  /** Starts one that does what all of these configs say. */
  static start(path: string, configs: readonly MeshConfig[]): Promise<Envoy> {
    return Envoy.startWith(path, (logFile) => bootstrap(configs, logFile))
  }

  /** Starts one with a config of Envoy's own. */
  static async startWith(path: string, config: (logFile: string) => Json): Promise<Envoy> {
    const folder = mkdtempSync(join(tmpdir(), 'sidecarless-envoy-'))
    const file = (name: string): string => join(folder, name)
    writeFileSync(file('bootstrap.json'), JSON.stringify(config(file('access.log'))))
    const options = ['-c', file('bootstrap.json'), '--admin-address-path', file('admin'), '--concurrency', '1']
    const process = spawn(
      path,
      [...options, '--use-dynamic-base-id', '--log-level', 'error', '--log-path', file('envoy.log')],
      {
        stdio: 'ignore',
      },
    )
    const envoy = new Envoy(process, folder)
    await until(async () => {
      if (process.exitCode !== null) return
      envoy.#admin = Number(readFileSync(file('admin'), 'utf8').split(':')[1])
      if ((await get(envoy.#admin, '/ready')).trim() !== 'LIVE') throw new Error('not live')
      const { listener_statuses } = JSON.parse(await get(envoy.#admin, '/listeners?format=json'))
      for (const { name, local_address } of listener_statuses)
        envoy.#ports.set(name, local_address.socket_address.port_value)
    }, 'Envoy')
    if (process.exitCode !== null)
      throw new Error(`Envoy refused the config: ${readFileSync(file('envoy.log'), 'utf8')}`)
    return envoy
  }

  async ask(
    listener: 'sidecar' | 'plain',
    { method, authority, path, headers, random }: Request,
    id: string,
  ): Promise<RawAnswer> {
    const own: [string, string][] = [
      ['Host', authority],
      ['x-id', id],
      ['x-random', String(random)],
    ]
    const all = [...own, ...headers].flat()
    const options = {
      host: '127.0.0.1',
      port: this.#ports.get(listener),
      agent: this.#agent,
      method,
      path,
      headers: all,
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) =>
      request(options, resolve).once('error', reject).end(),
    )
    let body = ''
    for await (const chunk of response.setEncoding('utf8')) body += chunk
    const got: Record<string, string> = {}
    for (const [name, values] of Object.entries(response.headersDistinct)) got[name] = values?.join(',') ?? ''
    return { status: response.statusCode ?? 0, headers: got, body }
  }

  /**
   * Resolves once what the answers so far have changed holds for the next request. Envoy ejects on its main thread, which its
   * worker tells and hears from later than the answer leaves; that thread also serves the admin interface. Twice, since what the worker
   * told and the first question may be taken up in either order.
   */
  async settled(): Promise<void> {
    for (let question = 0; question < 2; question++) await get(this.#admin, '/ready')
  }

  /** Ends Envoy, which writes its log out, and returns that by request. */
  async stop(): Promise<ReadonlyMap<string, Logged>> {
    this.#agent.destroy()
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM')
      await once(this.#process, 'exit')
    }
    const lines = readFileSync(join(this.#folder, 'access.log'), 'utf8').split('\n')
    rmSync(this.#folder, { recursive: true })
    const logged: Logged[] = lines.filter((line) => line !== '').map((line) => JSON.parse(line))
    return new Map(logged.map((one) => [one.id, one]))
  }
}
