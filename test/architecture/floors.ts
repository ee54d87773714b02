/** Every unit of `src/`, by the floor it stands on: a file imports only from floors below its own. */
export const floors: ReadonlyMap<string, number> = new Map(
  [
    ['core'],
    ['transport', 'identity', 'discovery'],
    ['routing', 'cluster', 'resilience', 'auth', 'rate-limit', 'edge', 'telemetry'],
    ['config'],
    ['manifests'],
    ['client', 'server'],
    ['gateway', 'admin', 'adapters/fetch', 'adapters/node', 'adapters/undici'],
    ['mesh'],
    ['index', 'register', 'cli', 'testing', 'adapters/express', 'adapters/fastify'],
  ].flatMap((units, index) => units.map((unit): [string, number] => [unit, index + 1])),
)

/** How a package may be imported. */
export interface PackageRule {
  /** Folders, or files without their suffix, that may import it. */
  readonly importers: readonly string[]
  /** `lazy` is loaded on first use: by `import()` or for its types only. `types` never loads it at all. */
  readonly load?: 'lazy' | 'types'
}

/** Every third-party package, and the one place that knows it. */
export const packages: Readonly<Record<string, PackageRule>> = {
  valibot: { importers: ['core/schema'] },
  re2js: { importers: ['core/regex'], load: 'lazy' },
  undici: { importers: ['transport', 'adapters/undici'] },
  'p-retry': { importers: ['resilience/retry'] },
  opossum: { importers: ['resilience/circuit-breaker'] },
  jose: { importers: ['auth/jwt'], load: 'lazy' },
  'rate-limiter-flexible': { importers: ['rate-limit'], load: 'lazy' },
  'prom-client': { importers: ['telemetry/metrics'], load: 'lazy' },
  '@opentelemetry/api': { importers: ['telemetry/tracing'], load: 'lazy' },
  yaml: { importers: ['manifests'], load: 'lazy' },
  express: { importers: ['adapters/express'], load: 'types' },
  fastify: { importers: ['adapters/fastify'], load: 'types' },
}

/** The unit a file belongs to: its top folder, or the adapter; `undefined` when no floor holds it. */
export function unitOf(file: string): string | undefined {
  const [first = '', second] = file.replace(/\.ts$/, '').split('/')
  const unit = first === 'adapters' && second !== undefined ? `adapters/${second}` : first
  return floors.has(unit) ? unit : undefined
}
