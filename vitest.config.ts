import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@aam/source'] },
  ssr: { resolve: { conditions: ['@aam/source'], externalConditions: ['@aam/source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts'],
    globalSetup: ['scripts/test-setup.ts'],
    setupFiles: ['scripts/test-seed.ts'],
    testTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
    // What a developer's shell has set must not reach the tests.
    env: { AAM_HOME: '', AAM_REGISTRY: '', AAM_DEFAULT_TAG: '', SOURCE_DATE_EPOCH: '', NO_COLOR: '' },
  },
})
