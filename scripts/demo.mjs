// `npm run demo`: the main job on real packages, in a folder of its own that is removed at the end. Nothing of yours is
// touched: the registry, the projects and aam's own home are all in it.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

await import('./ensure-installed.mjs')

const project = fileURLToPath(new URL('..', import.meta.url))
const aam = join(project, 'packages/cli/bin/aam.cjs')
const root = mkdtempSync(join(tmpdir(), 'aam-demo-'))
const colour = process.stdout.isTTY && !process.env.NO_COLOR

const ENVIRONMENT = { ...process.env, AAM_HOME: join(root, 'home'), AAM_REGISTRY: '' }

const bold = text => (colour ? `\u001b[1m${text}\u001b[0m` : text)
const say = text => console.log(`\n${bold(`# ${text}`)}`)

/** Shows a command as it would be typed, runs it, and stops the demo when it does not end as it should. */
function run(folder, line, expected = 0, variables = {}) {
  console.log(`${folder}$ aam ${line}`)
  mkdirSync(join(root, folder), { recursive: true })
  const { status } = spawnSync(process.execPath, [aam, ...line.split(' ')], {
    cwd: join(root, folder),
    env: { ...ENVIRONMENT, ...variables },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== expected) {
    console.error(`the demo failed: exit code ${status}, expected ${expected}`)
    process.exit(1)
  }
}

/** Starts a registry server on a free port; its settings and its one account are only this demo's. */
async function startServer() {
  const ADMIN_PASSWORD = 'a password for the demo'
  const settings = {
    ADMIN_USER: 'carol',
    ADMIN_PASSWORD,
    ALLOW_SELF_APPROVAL: 'true',
    REQUIRE_APPROVAL_FOR_TAGS: 'bank-approved',
  }
  console.log('.$ REQUIRE_APPROVAL_FOR_TAGS=bank-approved aam registry serve')
  const server = spawn(process.execPath, [aam, 'registry', 'serve', '--port', '0', '--json'], {
    cwd: root,
    env: { ...ENVIRONMENT, ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  process.once('exit', () => server.kill())
  const [text] = await once(server.stdout, 'data')
  return { server, address: JSON.parse(text).address, AAM_PASSWORD: ADMIN_PASSWORD }
}

function edit(file, before, after) {
  const path = join(root, file)
  writeFileSync(path, readFileSync(path, 'utf8').replace(before, after))
}

try {
  cpSync(join(project, 'examples'), root, { recursive: true })

  say('A registry is a folder. Nothing has to run.')
  run('.', 'registry init registry --default')

  say('Authors check and publish their packages.')
  run('git-basics', 'validate')
  run('git-basics', 'publish')
  run('code-review', 'publish')
  run('release-notes', 'publish')

  say('A project installs one, and gets what it depends on. Its agents, Claude Code and Cursor, see all of it.')
  for (const folder of ['.claude', '.cursor']) mkdirSync(join(root, 'app', folder), { recursive: true })
  run('app', 'install @examples/release-notes')
  run('app', 'tree')

  say('What somebody edits is kept, reported, and taken back only when asked.')
  edit('app/.claude/skills/release-notes/SKILL.md', '---\n', '---\n# edited by hand\n')
  run('app', 'status', 1)
  run('app', 'deploy --overwrite')
  run('app', 'find .claude/skills/release-notes/SKILL.md')

  say('Version 1.0.0 of the review is promoted; 1.1.0 goes to testers only.')
  run('.', 'dist-tag add @examples/code-review@1.0.0 stable')
  edit('code-review/package.agent.json', '"version": "1.0.0"', '"version": "1.1.0"')
  run('code-review', 'publish --tag beta')
  run('production', 'install @examples/code-review@stable')
  run('testers', 'install @examples/code-review@beta')

  say('It proves itself. One command promotes it, and production follows its tag.')
  run('.', 'dist-tag add @examples/code-review@1.1.0 stable')
  run('production', 'update')

  say('A mistake is found: the tag goes back, and so does production.')
  run('.', 'dist-tag add @examples/code-review@1.0.0 stable')
  run('production', 'update')

  say('A colleague gets exactly the same, byte for byte, whatever was published since.')
  for (const file of ['package.agent.json', 'package.agent.lock'])
    cpSync(join(root, 'app', file), join(root, 'colleague', file))
  run('colleague', 'install --frozen')
  run('colleague', 'check')

  say('When requirements contradict each other, aam says which, why, and what would work.')
  edit('git-basics/package.agent.json', '"version": "1.2.0"', '"version": "2.0.0"')
  run('git-basics', 'publish')
  run('app', 'install git-basics', 1)

  say('For a team: a server with accounts, approvals and a log. SQLite and a folder, nothing to install.')
  const { server, address, AAM_PASSWORD } = await startServer()
  try {
    const there = { AAM_REGISTRY: address, AAM_PASSWORD }
    run('.', 'login --name carol', 0, there)
    run('.', 'registry import registry', 0, there)
    run('.', 'dist-tag add @examples/code-review@1.1.0 bank-approved', 1, there)
    run('.', 'approve @examples/code-review@1.1.0 --comment reviewed', 0, there)
    run('.', 'dist-tag add @examples/code-review@1.1.0 bank-approved', 0, there)
    run('bank', 'install @examples/code-review@bank-approved', 0, there)
    run('.', 'audit-log @examples/code-review --limit 3', 0, there)
  } finally {
    server.kill()
    await once(server, 'exit')
  }

  console.log(`
${bold('Try next')}
  export PATH="$PWD/node_modules/.bin:$PATH"        so that \`aam\` is this clone's
  aam registry init ~/aam-registry --default        a registry of your own, in a folder
  aam registry serve                                one for a team: docs/server.md
  cd <a folder with skills> && aam init             make it a package
  aam --help                                        every command there is; README.md has a tour`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
