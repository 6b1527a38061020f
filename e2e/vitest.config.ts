import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['@aam/source'] },
  ssr: { resolve: { conditions: ['@aam/source'], externalConditions: ['@aam/source'] } },
  test: { include: ['e2e/*.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, pool: 'forks', maxWorkers: 1 },
})
