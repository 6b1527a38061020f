// Bundles the CLI, and lets it run once so that its machine code can be kept beside it: later starts need not compile.
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { BUILD_OPTIONS, SERVER_BUILD_OPTIONS } from './build-options.mjs'

rmSync(BUILD_OPTIONS.outdir, { recursive: true, force: true })
await build(BUILD_OPTIONS)
await build(SERVER_BUILD_OPTIONS)
requireDeclared()

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

/** What the server's bundle leaves to npm has to be among the dependencies of the command. */
function requireDeclared() {
  const source = readFileSync(join(BUILD_OPTIONS.outdir, 'server.cjs'), 'utf8')
  const { dependencies } = JSON.parse(readFileSync(join(BUILD_OPTIONS.outdir, '../package.json'), 'utf8'))
  const required = [...source.matchAll(/require\("((?!node:)[^".][^"]*)"\)/g)].map(([, name]) => name)
  const missing = required.filter(name => dependencies[name] === undefined)
  if (missing.length === 0) return
  console.error(`packages/cli/package.json does not name what server.cjs needs: ${missing.join(', ')}`)
  process.exit(1)
}
