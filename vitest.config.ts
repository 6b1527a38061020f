import { defineConfig } from 'vitest/config'

/** Tests that say the same of a registry server as of a folder, and run against both. */
const BOTH = ['policies', 'strategies', 'update-plan'].map(name => `packages/cli/test/${name}.test.ts`)

// What a developer's shell has set must not reach the tests.
const env = { AAM_HOME: '', AAM_REGISTRY: '', AAM_DEFAULT_TAG: '', SOURCE_DATE_EPOCH: '', NO_COLOR: '' }

export default defineConfig({
  resolve: { conditions: ['@aam/source'] },
  ssr: { resolve: { conditions: ['@aam/source'], externalConditions: ['@aam/source'] } },
  test: {
    globalSetup: ['scripts/test-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['packages/*/test/**/*.test.ts'],
          setupFiles: ['scripts/test-seed.ts'],
          env,
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: BOTH,
          setupFiles: ['scripts/test-seed.ts'],
          env: { ...env, AAM_TEST_SERVER: '1' },
        },
      },
    ],
  },
})
