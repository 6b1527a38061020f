// Bundles the CLI, and lets it run once so that its machine code can be kept beside it: later starts need not compile.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { BUILD_OPTIONS, SERVER_BUILD_OPTIONS } from './build-options.mjs'

rmSync(BUILD_OPTIONS.outdir, { recursive: true, force: true })
await build(BUILD_OPTIONS)
await build(SERVER_BUILD_OPTIONS)

const launcher = fileURLToPath(new URL('../packages/cli/bin/aam.cjs', import.meta.url))
const example = fileURLToPath(new URL('../examples/code-review', import.meta.url))
const env = { ...process.env, AAM_KEEP_MACHINE_CODE: join(BUILD_OPTIONS.outdir, 'bin.cjs') }
const { status, stderr } = spawnSync(process.execPath, [launcher, 'validate', '--cwd', example], {
  env,
  encoding: 'utf8',
})
if (status !== 0) {
  console.error(`the bundle does not run: ${stderr}`)
  process.exit(1)
}
