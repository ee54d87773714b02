import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { CountReporter } from './reporter.js'

const source = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

/** Tests of what happens in real time, which others beside them would slow down. */
const inRealTime = ['test/{faults,e2e,server}/**/*.test.ts', 'test/mesh/update.test.ts']

/** Tests of what a process has once - memory, handles, hooks, what is kept for all of it: each file has its own. */
const inOwnProcess = [
  'test/adapters/fetch/decode.test.ts',
  'test/adapters/node/replies/connection.test.ts',
  'test/auth/jwt/token-verifier.test.ts',
  'test/core/{clock,tick}.test.ts',
  'test/identity/{development,files}.test.ts',
  'test/mesh/{batch-replies,following}.test.ts',
  'test/resilience/circuit-breaker/circuit.test.ts',
  'test/resilience/together.test.ts',
]

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  resolve: {
    alias: [
      { find: /^sidecarless$/, replacement: source('index.ts') },
      { find: /^sidecarless\/(express|fastify)$/, replacement: source('adapters/$1.ts') },
      { find: /^sidecarless\/(manifests|testing)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    pool: 'forks',
    setupFiles: ['test/setup.ts'],
    reporters: ['default', new CountReporter()],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ['test/bench/**', 'test/agreement/**', ...inOwnProcess, ...inRealTime],
          // Most have no state outside of them, and starting them costs more than they do.
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'in its own process', include: inOwnProcess, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: { name: 'in real time', include: inRealTime, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
})
