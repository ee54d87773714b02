import base from '../vitest.config.js'

export default {
  ...base,
  test: {
    ...base.test,
    projects: undefined,
    include: ['test/agreement/**/*.test.ts'],
    exclude: [],
    testTimeout: 120_000,
    // The upstream of Istio's cases listens on fixed ports.
    fileParallelism: false,
  },
}
