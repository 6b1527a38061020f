/** A machine that is not as it should be: no home, no working folder, no reader, no room; and what is nobody's fault. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Run,
  type Sandbox,
  createSandbox,
  packSpec,
  parseSpec,
  publishUniverse,
  startRegistry,
} from '@aam/testkit'
import { compareSnapshots, snapshot } from './support/crash-check.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))
let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['git-utils 1.0.0', 'constructor 1.0.0', 'valueof 1.0.0 → constructor *'])
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { 'git-utils': '^1.0.0' } })
})

afterEach(() => {
  sandbox.remove()
})

/** Runs a line of shell in which `$aam` is the built program. */
async function shell(line: string, env: Readonly<Record<string, string | undefined>> = {}, cwd = 'app'): Promise<Run> {
  const whole = {
    PATH: process.env['PATH'],
    HOME: sandbox.path('home'),
    aam: `${process.execPath} ${LAUNCHER}`,
    ...env,
  }
  return new Promise(resolve => {
    execFile('bash', ['-c', line], { cwd: sandbox.path(cwd), env: whole, timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr, output: stdout + stderr })
    })
  })
}

describe('what costs nobody anything but time', () => {
  const installs = async (): Promise<void> => {
    const { code, output } = await sandbox.aam('install --force', { cwd: 'app' })
    expect(code, output).toBe(0)
    expect((await sandbox.aam('check', { cwd: 'app' })).stdout).toContain('agree')
  }
  const instead = (path: string, make: (path: string) => void): void => {
    rmSync(path, { recursive: true, force: true })
    make(path)
  }
  const things: Readonly<Record<string, (path: string) => void>> = {
    garbage: path => {
      writeFileSync(path, '{"source":')
    },
    'an empty file': path => {
      writeFileSync(path, '')
    },
    'a folder': path => {
      mkdirSync(path)
    },
    'a dangling link': path => {
      symlinkSync('nowhere', path)
    },
    'a link to itself': path => {
      symlinkSync(path, path)
    },
    'a pipe': path => void execFileSync('mkfifo', [path]),
  }

  test.each(Object.keys(things))('%s for document.json', async thing => {
    instead(sandbox.path('registry/packages/git-utils/document.json'), things[thing]!)
    await installs()
  })

  test.each(Object.keys(things))('%s for a cache entry', async thing => {
    await installs()
    const cache = sandbox.path('home/.aam/cache')
    for (const entry of readdirSync(cache)) instead(join(cache, entry), things[thing]!)
    await installs()
  })

  test.each(['garbage', 'a dangling link', 'a link to itself', 'a pipe'])('%s for the cache', async thing => {
    instead(sandbox.path('home/.aam/cache'), things[thing]!)
    await installs()
  })

  test.each(['garbage', 'an empty file'])('%s for the state', async thing => {
    await installs()
    instead(sandbox.path('app/.aam/state.json'), things[thing]!)
    await installs()
  })

  test('a manifest, a lock and a configuration that start with a byte order mark', async () => {
    await installs()
    for (const file of ['app/package.agent.json', 'app/package.agent.lock', 'home/.aam/config.yaml']) {
      sandbox.write(file, `\ufeff${sandbox.read(file)}`)
    }
    await installs()
    expect((await sandbox.aam('install constructor', { cwd: 'app' })).code).toBe(0)
    expect(sandbox.read('app/package.agent.json')).toMatch(/^\ufeff\{/)
  })

  test('an unknown setting draws a warning that names its file', async () => {
    sandbox.write('app/.aam/config.yaml', 'colour: red\n')
    const { code, stderr } = await sandbox.aam('install', { cwd: 'app' })
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(`${sandbox.path('app/.aam/config.yaml')}: the setting 'colour'`),
    ])
  })

  test('names that JavaScript knows are names like others', async () => {
    expect((await sandbox.aam('install valueof', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('why constructor', { cwd: 'app' })).stdout).toContain(
      'app → valueof@1.0.0 → constructor@1.0.0',
    )
    expect((await sandbox.aam('dist-tag add constructor@1.0.0 constructor', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('install constructor@constructor', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('check', { cwd: 'app' })).stdout).toContain('agree')
  })
})

describe('as a process', () => {
  const refused = async (line: string, says: string, env: Record<string, string | undefined> = {}): Promise<void> => {
    const before = snapshot(sandbox.root)
    const plain = await shell(line, env)
    expect(plain.stderr).toMatch(/^Error: [^\n]*\nhint: [^\n]*\n$/)
    expect(plain.stderr).toContain(says)
    const json = await shell(`${line} --json`, env)
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { message: expect.stringContaining(says) as string } })
    expect([json.code, json.stderr]).toEqual([plain.code, ''])
    expect(plain.code).toBeGreaterThan(0)
    expect(compareSnapshots(before, snapshot(sandbox.root))).toEqual([])
  }

  test('an empty HOME is said', async () => {
    await refused('$aam install', 'HOME is empty', { HOME: '' })
  })

  test('without HOME the home is the one that the system knows', async () => {
    const env = { HOME: undefined, AAM_REGISTRY: sandbox.path('registry') }
    expect((await shell('$aam install --no-cache', env)).code).toBe(0)
    expect((await shell('$aam tree', env)).stdout).toContain('git-utils@1.0.0')
  })

  test('without HOME, AAM_HOME is enough', async () => {
    const env = { HOME: undefined, AAM_HOME: sandbox.path('home/.aam') }
    expect((await shell('$aam install', env)).code).toBe(0)
    expect(sandbox.exists('home/.aam/cache')).toBe(true)
  })

  test.runIf(process.platform === 'linux')('a HOME in which nothing can be made costs the cache only', async () => {
    const env = { HOME: '/sys/kernel', AAM_REGISTRY: sandbox.path('registry') }
    const { code, stderr } = await shell('$aam install', env)
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringMatching(/Error|warning/) as unknown })
  })

  test('a working folder that is gone is said', async () => {
    const gone = sandbox.path('gone')
    await refused(`mkdir -p ${gone} && cd ${gone} && rmdir ${gone} && $aam tree`, 'No such file or folder')
  })

  test('a reader that does not read is no failure', async () => {
    await shell('$aam install')
    const { code, stderr } = await shell(
      'set -o pipefail; $aam tree | head -n 0; $aam list --json | true; $aam check | head -c 1',
    )
    expect([code, stderr]).toEqual([0, ''])
  })

  test('closed outputs are no crash', async () => {
    await shell('$aam install')
    expect((await shell('$aam tree >&- 2>&-; echo $?')).stdout).toMatch(/^[01]\n$/)
    expect((await shell('$aam tree <&-')).stdout).toContain('git-utils@1.0.0')
  })
})

/** A file system of its own, so small that it fills up; only root may mount one, and not everywhere. */
function mountSmall(folder: string): boolean {
  mkdirSync(folder, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', folder], { stdio: 'ignore' })
    return true
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}

test('a disk that is really full: nothing is half there, and with room the same command works', async context => {
  const disk = sandbox.path('disk')
  if (!mountSmall(disk)) return context.skip('needs the right to mount')
  try {
    const noise = Array.from({ length: 30_000 }, (_, index) => ((index * 7_919) % 104_729).toString(36)).join(' ')
    const registry = await publishUniverse(sandbox.path('big'), ['small 1.0.0'])
    await registry.publish(packSpec(parseSpec('large 1.0.0'), { 'x-noise': { noise } }), {})
    sandbox.write('disk/app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { small: '*' } })
    const env = { AAM_REGISTRY: sandbox.path('big') }
    expect((await shell('$aam install', env, 'disk/app')).code).toBe(0)
    const before = snapshot(disk)

    const full = await shell('$aam install large', env, 'disk/app')
    expect([full.code, full.stderr]).toEqual([1, expect.stringMatching(/^Error: The disk is full: \/.*\nhint: /)])
    expect(compareSnapshots(before, snapshot(disk))).toEqual([])
    expect((await shell('$aam check', env, 'disk/app')).stdout).toContain('agree')

    execFileSync('mount', ['-o', 'remount,size=4m', disk])
    expect((await shell('$aam install large', env, 'disk/app')).code).toBe(0)
    expect((await shell('$aam check', env, 'disk/app')).stdout).toContain('2 packages')
  } finally {
    execFileSync('umount', [disk])
  }
})
