// Tests that the agents themselves read what is deployed. They are large, and so are not among what `npm ci` brings.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))

if (!existsSync(new URL('../e2e/node_modules', import.meta.url))) {
  console.error('skipped: needs the agents; `npm ci --prefix e2e` installs them (1.4 GB)')
}
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--config', 'e2e/vitest.config.ts', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
