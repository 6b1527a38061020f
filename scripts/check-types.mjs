// Type-checks every package with its own settings: core sees no Node, tests and scripts do.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const projects = [
  'packages/core',
  'packages/platforms',
  'packages/archive',
  'packages/client',
  'packages/server',
  'packages/cli',
  'packages/testkit',
  '.',
]

const failed = projects.filter(
  project => spawnSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' }).status !== 0,
)
if (failed.length > 0) {
  console.error(`type errors in: ${failed.join(', ')}`)
  process.exit(1)
}
