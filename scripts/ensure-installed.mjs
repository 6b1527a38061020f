// Installs what the lock says when it has not been, so that `npm test` and `npm run demo` work right after a clone.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('..', import.meta.url)
const marker = new URL('node_modules/.package-lock.json', root)
const launcher = new URL('packages/cli/dist/bin.cjs', root)

/** npm keeps a copy of what it installed; it names every package of the lock that belongs on this machine. */
function installed() {
  if (!existsSync(marker)) return false
  const wanted = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')).packages
  const there = JSON.parse(readFileSync(marker, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === '' || optional === true || !path.startsWith('node_modules/') || there[path]?.version === version,
  )
}

function run(...args) {
  const { status } = spawnSync('npm', args, {
    cwd: fileURLToPath(root),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) process.exit(status ?? 1)
}

if (!installed()) run('ci', '--no-audit', '--no-fund')
else if (!existsSync(launcher)) run('run', '--silent', 'build')
