import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { CountReporter } from './reporter.js'

const source = (path: string): string => fileURLToPath(new URL(`../src/${path}`, import.meta.url))

/** Tests of what happens in real time, which others beside them would slow down. */
const inRealTime = ['test/{faults,e2e,server}/**/*.test.ts']

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
          exclude: ['test/bench/**', 'test/agreement/**', ...inRealTime],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'in real time', include: inRealTime, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
