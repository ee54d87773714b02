/**
 * One start of a process: imports a subject, makes its first call, prints what that took and leaves. Nothing but builtins
 * that every process has is loaded before.
 */
const [, , name, origin] = process.argv

/** @type {Record<string, () => Promise<any>>} */
const imports = {
  undici: () => import('undici'),
  sidecarless: () => import('sidecarless'),
  dependencies: () =>
    Promise.all(
      [
        'undici',
        'valibot',
        'opossum',
        'p-retry',
        'jose',
        'prom-client',
        'rate-limiter-flexible',
        're2js',
        'yaml',
        '@opentelemetry/api',
      ].map((dependency) => import(dependency)),
    ),
  nothing: async () => undefined,
}

/** @type {Record<string, (module: any) => Promise<boolean>>} */
const firstCalls = {
  async undici({ request }) {
    const { statusCode, body } = await request(`${origin}/500B`)
    return isRight(statusCode, await body.json())
  },
  async sidecarless({ createMesh }) {
    const mesh = createMesh({ service: 'bench', config: { services: { reviews: { endpoints: [{ url: origin }] } } } })
    const { status, body } = await mesh.request({ service: 'reviews', path: '/500B' })
    return isRight(status, await body.json())
  },
  async nothing() {
    const response = await fetch(`${origin}/500B`)
    return isRight(response.status, await response.json())
  },
}

/** @param {number} status @param {unknown} json */
function isRight(status, json) {
  return status === 200 && typeof json === 'object' && json !== null
}

const cpuBefore = process.cpuUsage()
const startedAt = performance.now()
const module = await imports[name]()
const importMs = performance.now() - startedAt
const cpu = process.cpuUsage(cpuBefore)
const rssMb = process.memoryUsage.rss() / 2 ** 20

const call = firstCalls[name]
if (call !== undefined && !(await call(module))) throw new Error('wrong status or body')
const firstCallMs = call === undefined ? null : performance.now() - startedAt

const { user } = process.cpuUsage()
const sample = { importMs, cpuMs: (cpu.user + cpu.system) / 1_000, rssMb, firstCallMs, userMicros: user }
process.stdout.write(JSON.stringify(sample), () => process.exit(0))
