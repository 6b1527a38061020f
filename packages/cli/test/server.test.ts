/** Everything that works against a folder works against a server, through the program itself. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, type TestServer, createSandbox, startTestServer } from '@aam/testkit'

let server: TestServer
let token: string
let sandbox: Sandbox

beforeAll(async () => {
  server = await startTestServer()
  token = await server.addUser('ann', ['approver'])
})
afterAll(async () => server.remove())

beforeEach(() => {
  sandbox = createSandbox()
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${server.address}\n`)
})
afterEach(() => {
  sandbox.remove()
})

let count = 0
/** A name that no other test has. */
function fresh(): string {
  count += 1
  return `lint-${String(count)}`
}

const as = (who: string): { readonly env: Readonly<Record<string, string>> } => ({ env: { AAM_TOKEN: who } })

type Extra = { readonly flags?: string; readonly manifest?: object }

async function publish(name: string, version: string, { flags = '', manifest = {} }: Extra = {}): Promise<void> {
  const folder = `pkg-${name}`
  sandbox.write(`${folder}/package.agent.json`, {
    name,
    version,
    description: `Finds what is wrong in ${name}`,
    ...manifest,
  })
  sandbox.write(
    `${folder}/skills/${name}/SKILL.md`,
    `---\nname: ${name}\ndescription: Finds it.\n---\n\n# ${version}\n`,
  )
  await sandbox.done(`publish --yes ${flags}`, { cwd: folder, ...as(token) })
}

describe('a project', () => {
  test('installs, updates and follows tags, and its lock says where everything came from', async () => {
    const name = fresh()
    const base = fresh()
    await publish(base, '1.0.0')
    await publish(name, '1.0.0', { manifest: { dependencies: { [base]: '^1.0.0' } } })
    await sandbox.done(`install ${name}`, { cwd: 'app' })
    expect(sandbox.read(`app/.agent-packages/${base}/skills/${base}/SKILL.md`)).toContain('# 1.0.0')
    const lock = sandbox.json('app/package.agent.lock') as {
      resolved: Record<string, { source: Record<string, string> }>
    }
    expect(lock.resolved[name]?.source).toMatchObject({ registry: server.address })
    expect(sandbox.read('app/package.agent.lock')).toContain(`"${server.address}/packages/${name}/1.0.0/tarball"`)

    await publish(base, '1.1.0')
    await sandbox.done('update', { cwd: 'app' })
    expect(sandbox.read(`app/.agent-packages/${base}/skills/${base}/SKILL.md`)).toContain('# 1.1.0')

    await sandbox.done(`dist-tag add ${base}@1.0.0 stable`, as(token))
    await sandbox.done(`install ${base}@stable`, { cwd: 'app' })
    expect(sandbox.read(`app/.agent-packages/${base}/skills/${base}/SKILL.md`)).toContain('# 1.0.0')
    expect((await sandbox.aam('check', { cwd: 'app' })).output).not.toContain('Error')
  })

  test('a lock installs elsewhere without asking for a document', async () => {
    const name = fresh()
    await publish(name, '1.0.0')
    await sandbox.done(`install ${name}`, { cwd: 'app' })
    sandbox.clear('home/.aam/cache')
    sandbox.clear('app/.agent-packages')
    sandbox.clear('app/.aam')
    const before = server.log.length
    await sandbox.done('install --frozen', { cwd: 'app' })
    const asked = server.log.slice(before).filter(line => line.includes('"request"'))
    expect(asked.map(line => (JSON.parse(line) as { path: string }).path)).toEqual([`/packages/${name}/1.0.0/tarball`])
  })

  test('--offline resolves from the documents that are kept, and says what is not', async () => {
    const name = fresh()
    await publish(name, '1.0.0')
    await sandbox.done(`install ${name}`, { cwd: 'app' })
    await sandbox.done(`install ${name} --offline`, { cwd: 'other' })
    expect(sandbox.exists(`other/.agent-packages/${name}/package.agent.json`)).toBe(true)
    const run = await sandbox.aam('install nobody-has-it --offline', { cwd: 'third' })
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('--offline asks no registry')])
    await sandbox.done('cache clean')
    expect((await sandbox.aam(`install ${name} --offline`, { cwd: 'fourth' })).code).toBe(1)
  })

  test('a name nobody has is not found, with what may have been meant', async () => {
    const name = fresh()
    await publish(name, '1.0.0')
    const run = await sandbox.aam(`install ${name}x`, { cwd: 'app' })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain(`Package ${name}x not found in ${server.address}`)
    expect(run.stderr).toContain(`did you mean ${name}`)
  })
})

describe('commands about a package', () => {
  test('info, search, registry ls and verify read a server', async () => {
    const name = fresh()
    await publish(name, '1.0.0', { flags: '--tag beta' })
    expect((await sandbox.done(`info ${name}`)).stdout).toContain('beta')
    expect((await sandbox.done(`search ${name}`)).stdout).toContain(name)
    expect((await sandbox.done('registry ls')).stdout).toContain(name)
    expect((await sandbox.done('registry verify')).stdout).toContain('every file is there')
    expect((await sandbox.done('doctor')).stdout).toContain(`registry default: ${server.address}`)
  })

  test('deprecating and yanking say the same as in a folder', async () => {
    const name = fresh()
    await publish(name, '1.0.0')
    await publish(name, '1.1.0')
    expect((await sandbox.done(`deprecate ${name}@^1.0.0 "use 2"`, as(token))).stdout).toContain('1.1.0')
    const yanked = await sandbox.done(`yank ${name}@1.1.0`, as(token))
    expect(yanked.output).toContain('1.0.0')
    expect((await sandbox.done(`info ${name}`)).stdout).toContain('deprecated')
  })

  test('nobody, and somebody who may not, are told so', async () => {
    const name = fresh()
    await publish(name, '1.0.0')
    const bob = await server.addUser(`bob-${String(count)}`)
    const anonymous = await sandbox.aam(`dist-tag add ${name}@1.0.0 stable`)
    expect([anonymous.code, anonymous.stderr]).toEqual([1, expect.stringContaining('You are not signed in')])
    const stranger = await sandbox.aam(`dist-tag add ${name}@1.0.0 stable`, as(bob))
    expect([stranger.code, stranger.stderr]).toEqual([1, expect.stringContaining('Error: Permission denied')])
    expect(stranger.stderr).toContain('ask ann')
  })

  test('what only a folder has is refused with its reason', async () => {
    const run = await sandbox.aam('registry reindex')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('works on a registry in a folder')])
  })
})

describe('moving packages', () => {
  test('a folder is imported into a server, and exported again, with tags and states', async () => {
    const name = fresh()
    await sandbox.done('registry init folder')
    sandbox.write('pkg/package.agent.json', { name, version: '1.0.0', description: 'One' })
    sandbox.write(`pkg/skills/${name}/SKILL.md`, `---\nname: ${name}\ndescription: Finds it.\n---\n\n# Lint\n`)
    const folder = sandbox.path('folder')
    for (const version of ['1.0.0', '1.1.0', '2.0.0']) {
      sandbox.write('pkg/package.agent.json', { name, version, description: 'One' })
      await sandbox.done(`publish --registry ${folder}`, { cwd: 'pkg' })
    }
    await sandbox.done(`dist-tag add ${name}@1.0.0 stable --registry ${folder}`)
    await sandbox.done(`yank ${name}@2.0.0 --registry ${folder}`)
    await sandbox.done(`deprecate ${name}@1.0.0 "old" --registry ${folder}`)
    const said = await sandbox.done(`registry import ${folder} ${name}`, as(token))
    expect(said.stdout).toContain(`+ ${name} 1.0.0, 1.1.0, 2.0.0`)
    const again = await sandbox.done(`registry import ${folder} ${name}`, as(token))
    expect(again.stdout).toContain('Nothing to import')
    await sandbox.done(`registry export copy ${name}`)
    const told = async (registry: string): Promise<string> => {
      const { stdout } = await sandbox.done(`info ${name} --json --registry ${registry}`)
      return JSON.stringify({ ...(JSON.parse(stdout) as object), server: undefined }, undefined, 2)
        .replaceAll(/"(?:registry|published)": "[^"]*"/g, '')
        .replace(/"owners": \[[^\]]*\]/, '')
    }
    expect(await told(sandbox.path('copy'))).toBe(await told(folder))
    expect(await told(server.address)).toBe(await told(folder))
  })
})

describe("a server's data", () => {
  test('is backed up while it runs, verified, restored, and then serves the same', async () => {
    const name = fresh()
    await publish(name, '1.0.0')
    const data = server.dataFolder
    const backup = await sandbox.done(`registry backup backup --data ${data}`)
    expect(backup.stdout).toMatch(
      /✓ Backed up .* to .*: \d+ versions?, \d+ archives? \(\d+ new\)\n.*the last is [0-9a-f]{64}/,
    )
    expect((await sandbox.done(`registry backup backup --data ${data}`)).stdout).toContain('(0 new)')
    for (const folder of [`--data ${data}`, 'backup']) {
      expect((await sandbox.done(`registry verify ${folder}`)).stdout).toContain('everything is there')
    }
    await sandbox.done('registry restore backup --data again')
    const refused = await sandbox.aam('registry restore backup --data again')
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is not empty')])

    let stop: () => void = () => undefined
    const stopped = new Promise<void>(resolve => (stop = resolve))
    const running = sandbox.aam('registry serve --port 0 --data again --json', { stopped: async () => stopped })
    await expect.poll(async () => (await sandbox.aam('registry verify --data again')).code).toBe(0)
    stop()
    const { code, stdout } = await running
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ data: sandbox.path('again'), admin: null })
  })

  test('that is damaged is said, with what and why', async () => {
    await publish(fresh(), '1.0.0')
    await sandbox.done(`registry backup broken --data ${server.dataFolder}`)
    const [archive] = Object.keys(sandbox.files('broken/blobs'))
    sandbox.clear(`broken/blobs/${archive!}`)
    const run = await sandbox.aam('registry verify broken')
    expect([run.code, run.stdout]).toEqual([1, expect.stringContaining('1 error')])
    const restored = await sandbox.aam('registry restore broken --data never')
    expect([restored.code, restored.stderr]).toEqual([1, expect.stringContaining('is not a whole backup')])
    expect(sandbox.exists('never')).toBe(false)
    expect((await sandbox.aam('registry verify --data nowhere')).stderr).toContain("There is no registry server's data")
  })

  test('is worked on by the built program, too, which is in two parts', async () => {
    await publish(fresh(), '1.0.0')
    const launcher = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))
    const built = (...words: string[]): string =>
      execFileSync(process.execPath, [launcher, 'registry', ...words, '--data', server.dataFolder], {
        cwd: sandbox.root,
        env: { PATH: process.env['PATH'], HOME: sandbox.path('home') },
        encoding: 'utf8',
      })
    expect(built('backup', 'built')).toContain('Backed up')
    expect(built('verify')).toContain('everything is there')
  })

  test('can be read by nobody else, also where its folder was there before', async () => {
    mkdirSync(sandbox.path('before'))
    await sandbox.done('registry serve --port 0 --data before --quiet', { stopped: async () => Promise.resolve() })
    const modes = readdirSync(sandbox.path('before')).map(name => statSync(sandbox.path('before', name)).mode & 0o077)
    expect(modes.length).toBeGreaterThan(1)
    expect(new Set(modes)).toEqual(new Set([0]))
  })

  test('has no admin after a start on a port that is taken: the next one makes it and shows the password', async () => {
    const { port } = new URL(server.address)
    const taken = await sandbox.aam(`registry serve --port ${port} --data late`)
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`)])
    const run = await sandbox.done('registry serve --port 0 --data late', { stopped: async () => Promise.resolve() })
    expect(run.stdout).toMatch(/The first admin is admin, password \S{20}/)
  })

  test('is not served with a rule that is misspelt or can never hold', async () => {
    sandbox.write('.env', 'REQUIRE_APROVAL=true\n')
    expect((await sandbox.aam('registry serve --port 0 --data rules')).stderr).toContain('REQUIRE_APPROVAL is')
    sandbox.write('.env', 'ALLOWED_TAGS=beta\nREQUIRE_APPROVAL_FOR_TAGS=prod\n')
    expect((await sandbox.aam('registry serve --port 0 --data rules')).stderr).toContain(
      "'prod' is not among ALLOWED_TAGS",
    )
  })
})
