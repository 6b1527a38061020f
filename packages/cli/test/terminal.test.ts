/** What every command owes the terminal, the pipe and the script: streams, exit codes, `--json`, colour. */
import { execFile, spawn } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, publishUniverse, startRegistry } from '@aam/testkit'
import { COMMANDS } from '../src/commands/index.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))
const ESCAPE = '\u001b'
let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['a 1.0.0 → b ^1.0.0', 'b 1.0.0', 'b 1.1.0'])
  mkdirSync(sandbox.path('app'))
})

afterEach(() => {
  sandbox.remove()
})

/** Runs the built program as its own process. */
async function run(args: readonly string[], env: Record<string, string> = {}, cwd = 'app'): Promise<Run> {
  const clean = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home'), ...env }
  return new Promise(resolve => {
    execFile(process.execPath, [LAUNCHER, ...args], { cwd: sandbox.path(cwd), env: clean }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr, output: stdout + stderr })
    })
  })
}

describe('in this process', () => {
  const JSON_COMMANDS = [
    'install a',
    'install',
    'update',
    'update --dry-run',
    'tree',
    'list',
    'list --tree',
    'why b',
    'check',
    'info a',
    'dist-tag add a@1.0.0 stable',
    'dist-tag ls a',
    'dist-tag rm a stable',
    'validate',
    'pack --dry-run',
    'pack',
    'registry init ../second',
    'version',
    'version patch --dry-run',
    'find package.agent.json',
    'diff b@1.0.0 b@1.1.0',
    'cache ls',
    'cache verify',
    'cache clean b',
    'completion bash',
    'doctor',
  ]

  test('--json prints one document on stdout and nothing else there, for every command', async () => {
    for (const command of JSON_COMMANDS) {
      const { stdout, code } = await sandbox.aam(`${command} --json`, { cwd: 'app' })
      expect(() => JSON.parse(stdout) as unknown, command).not.toThrow()
      expect(code, command).toBe(0)
    }
  })

  test('failures in --json are one document with code, message and hint, and keep their exit code', async () => {
    for (const [command, code, exit] of [
      ['install ghost', 'PACKAGE_NOT_FOUND', 1],
      ['install A', 'NAME_INVALID', 2],
      ['tree', 'MANIFEST_MISSING', 1],
      ['frobnicate', 'USAGE', 2],
      ['info a --no-such-flag', 'USAGE', 2],
    ] as const) {
      const result = await sandbox.aam(`${command} --json`, { cwd: 'empty' })
      expect(JSON.parse(result.stdout), command).toMatchObject({
        error: { code, message: expect.any(String) as string },
      })
      expect(result.code, command).toBe(exit)
      expect(result.stderr, command).toBe('')
    }
  })

  test('results go to stdout, warnings and failures to stderr', async () => {
    const done = await sandbox.aam('install a', { cwd: 'app' })
    expect(done.stdout).toContain('+ a 1.0.0')
    expect(done.stderr).toBe(
      'Created package.agent.json (private, named app)\nNo agent shows in this project, so nothing was deployed; name one: `aam deploy --platform claude`\n',
    )
    const failed = await sandbox.aam('install ghost', { cwd: 'app' })
    expect(failed.stdout).toBe('')
    expect(failed.stderr).toMatch(/^Error: Package ghost not found.*\nhint: /)
  })

  test('--quiet prints errors only', async () => {
    expect((await sandbox.aam('install a --quiet', { cwd: 'app' })).output).toBe('')
    expect((await sandbox.aam('install ghost --quiet', { cwd: 'app' })).stderr).toContain('Error:')
  })

  test('colour changes no words', async () => {
    const plain = await sandbox.aam('install a', { cwd: 'one' })
    const coloured = await sandbox.aam('install a', { cwd: 'two', colour: true })
    expect(plain.stdout).not.toContain(ESCAPE)
    expect(coloured.stdout).toContain(ESCAPE)
    // eslint-disable-next-line no-control-regex -- taking colour out is the point
    expect(coloured.stdout.replace(/\u001b\[[0-9;]*m/g, '')).toBe(plain.stdout)
  })

  test('every command has a help page with its options, and help is the same as --help', async () => {
    for (const command of COMMANDS.keys()) {
      const page = await sandbox.aam(`${command} --help`)
      expect(page.code, command).toBe(0)
      expect(page.stdout, command).toContain(`Usage: aam ${command}`)
      expect(page.stdout, command).toContain('--json')
      expect((await sandbox.aam(`help ${command}`)).stdout).toBe(page.stdout)
    }
  })

  test('aliases and the long spelling are the same commands (D7)', async () => {
    await sandbox.aam('pkg install a', { cwd: 'app' })
    expect((await sandbox.aam('i', { cwd: 'app' })).stdout).toBe('Already up to date (2 packages)\n')
    expect((await sandbox.aam('add a', { cwd: 'app' })).code).toBe(0)
    expect((await sandbox.aam('ls --tree', { cwd: 'app' })).stdout).toBe(
      (await sandbox.aam('tree', { cwd: 'app' })).stdout,
    )
  })

  test('other spellings of one command are none of another', async () => {
    for (const line of ['set a@1.0.0 stable', 'verify']) {
      const result = await sandbox.aam(line, { cwd: 'app' })
      expect(result.code, line).toBe(2)
      expect(result.stderr, line).toContain('There is no command')
    }
  })

  test('help and version are JSON too when JSON is asked for', async () => {
    for (const line of [
      '--json',
      '--help --json',
      'help --json',
      'install --help --json',
      '--version --json',
      'dist-tag --help --json',
    ]) {
      const { stdout } = await sandbox.aam(line)
      expect(() => JSON.parse(stdout) as unknown, line).not.toThrow()
    }
  })

  test('without a lock, looking says so', async () => {
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { a: '*' } })
    for (const command of ['tree', 'list', 'why a']) {
      const { stdout, code } = await sandbox.aam(`${command} --json`, { cwd: 'app' })
      expect([code, JSON.parse(stdout)], command).toMatchObject([1, { error: { code: 'LOCK_MISSING' } }])
    }
  })

  test('control characters and escapes from outside never reach the terminal', async () => {
    const result = await sandbox.aam(['install', 'evil\u001b[2J\u202ename'], { cwd: 'app' })
    expect(result.stderr).not.toContain(ESCAPE)
    expect(result.stderr).not.toContain('\u202e')
  })
})

describe('as a process', () => {
  test('--version, --help and a command work from the launcher', async () => {
    expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await run(['--help'])).stdout).toContain('Usage: aam <command>')
    expect((await run(['install', 'a'])).stdout).toContain('Installed 2 packages')
  })

  test('nothing is coloured or redrawn in a pipe', async () => {
    const result = await run(['install', 'a'], { FORCE_COLOR: '1' })
    expect(result.output).not.toContain(ESCAPE)
    expect(result.output).not.toContain('\r')
  })

  test('a question is never asked without a terminal', async () => {
    expect((await run(['init'])).code).toBe(0)
    expect((await run(['publish'])).stdout).toContain('Published app@0.1.0')
  })

  test('a reader that stops reading is no failure', async () => {
    const child = spawn(process.execPath, [LAUNCHER, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    let stderr = ''
    child.stderr.on('data', chunk => (stderr += String(chunk)))
    const code = await new Promise(resolve => child.on('close', resolve))
    expect([code, stderr]).toEqual([0, ''])
  })

  test('Ctrl-C ends it at once, and the next run finishes the work', async () => {
    const folder = sandbox.path('app')
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { a: '*' } })
    // Stopped while it waits for somebody else in this project.
    sandbox.write('app/.aam/lock/another0host.1.unknown.00000000', '')
    const env = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home') }
    const child = spawn(process.execPath, [LAUNCHER, 'install'], { cwd: folder, env, stdio: 'ignore' })
    await new Promise(resolve => setTimeout(resolve, 700))
    child.kill('SIGINT')
    const ended = await new Promise(resolve =>
      child.on('exit', (code, signal) => {
        resolve(signal ?? code)
      }),
    )
    expect(ended).toBe('SIGINT')
    rmSync(sandbox.path('app/.aam/lock'), { recursive: true })
    expect((await run(['install'])).code).toBe(0)
    expect((await run(['check'])).code).toBe(0)
  })

  test('output that cannot be written is one line, not a stack', async () => {
    const full = openSync('/dev/full', 'w')
    const child = spawn(process.execPath, [LAUNCHER, '--help'], { stdio: ['ignore', full, 'pipe'] })
    let stderr = ''
    child.stderr!.on('data', chunk => (stderr += String(chunk)))
    const code = await new Promise(resolve => child.on('close', resolve))
    closeSync(full)
    expect([code, stderr]).toEqual([1, 'Error: The output cannot be written: ENOSPC\n'])
  })

  test('AAM_HOME replaces ~/.aam, and an empty HOME is said', async () => {
    await run(['install', 'a'], { AAM_HOME: sandbox.path('elsewhere'), AAM_REGISTRY: sandbox.path('registry') })
    expect(sandbox.exists('elsewhere/cache')).toBe(true)
    expect(sandbox.exists('home/.aam/cache')).toBe(false)
    expect((await run(['install'], { HOME: '' })).stderr).toContain('Error: HOME is empty')
  })

  test.each([
    [
      'a registry folder that is a file',
      async () => (await run(['install', 'a', '--registry', '../home/.aam/config.yaml'])).stderr,
      'There is no registry',
    ],
    [
      'a file where .agent-packages should be',
      async () => {
        sandbox.write('app/.agent-packages', 'a file')
        return (await run(['install', 'a'])).stderr
      },
      'A file is where a folder should be',
    ],
    [
      'a folder where the manifest should be',
      async () => {
        mkdirSync(sandbox.path('app/package.agent.json'))
        return (await run(['install', 'a'])).stderr
      },
      'Error:',
    ],
    [
      'a working folder that is not there',
      async () => (await run(['tree', '--cwd', 'nowhere'])).stderr,
      'No such file or folder',
    ],
  ])('%s gives one sentence, not a stack', async (_, act, words) => {
    const stderr = await act()
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(/\n\s+at /)
  })
})

describe.runIf(process.platform === 'linux')('on a terminal', () => {
  /** Runs the program on a terminal of its own, which `script` makes. */
  const onTerminal = async (args: string, env: Record<string, string> = {}): Promise<string> =>
    new Promise(resolve => {
      const clean = { PATH: process.env['PATH'] ?? '', HOME: sandbox.path('home'), TERM: 'xterm', ...env }
      const command = `'${process.execPath}' '${LAUNCHER}' ${args}`
      execFile(
        'script',
        ['-qec', command, '/dev/null'],
        { cwd: sandbox.path('app'), env: clean, timeout: 10_000 },
        (_, stdout) => {
          resolve(stdout)
        },
      )
    })

  test('results are coloured, unless NO_COLOR, CI or a dumb terminal says no', async () => {
    await run(['install', 'a'])
    expect(await onTerminal('check')).toContain(`${ESCAPE}[32m`)
    for (const env of [{ NO_COLOR: '1' }, { CI: '1' }, { TERM: 'dumb' }]) {
      expect(await onTerminal('check', env), JSON.stringify(env)).not.toContain(ESCAPE)
    }
  })

  test('nothing is asked when the input is no terminal', async () => {
    mkdirSync(sandbox.path('fresh'))
    expect(await onTerminal('init --cwd ../fresh < /dev/null')).toContain('Created package.agent.json')
  })
})

describe('many packages', () => {
  const MANY = 200

  beforeEach(async () => {
    const lines = Array.from(
      { length: MANY },
      (_, index) => `pkg-${String(index)} 1.0.0${index + 1 < MANY ? ` → pkg-${String(index + 1)} ^1.0.0` : ''}`,
    )
    await publishUniverse(sandbox.path('many'), lines)
    sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies: { 'pkg-0': '*' } })
    sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${sandbox.path('many')}\n`)
    expect((await run(['install'])).stdout).toContain(`Installed ${String(MANY)} packages`)
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
  })

  test('a helper thread and the main one together put every file in its place', async () => {
    expect((await run(['install', '--frozen'])).code).toBe(0)
    expect((await run(['check'])).stdout).toContain(`${String(MANY)} packages: manifest, lock and disk agree`)
    expect(readdirSync(sandbox.path('app/.agent-packages')).filter(name => name.startsWith('.'))).toEqual(['.lock'])
  })

  test('what the cache has damaged or lost is fetched again, whichever thread meets it', async () => {
    const cache = sandbox.path('home/.aam/cache')
    for (const [index, file] of readdirSync(cache).entries()) {
      if (index % 3 === 0) writeFileSync(join(cache, file), 'damaged')
      if (index % 3 === 1) rmSync(join(cache, file))
    }
    expect((await run(['install'])).code).toBe(0)
    expect((await run(['check'])).code).toBe(0)
  })

  test('one archive that is wrong in the registry too stops everything, and nothing is left', async () => {
    rmSync(sandbox.path('home/.aam/cache'), { recursive: true })
    writeFileSync(sandbox.path('many/packages/pkg-150/versions/1.0.0.aam'), 'wrong')
    const result = await run(['install'])
    expect(result.stderr).toContain('pkg-150@1.0.0 is not what it should be')
    expect(sandbox.exists('app/.agent-packages')).toBe(false)
  })
})

describe('the launcher', () => {
  const start = async (...args: string[]): Promise<Run> =>
    new Promise(resolve => {
      execFile(
        process.execPath,
        [sandbox.path('copy/bin/aam.cjs'), ...args],
        { cwd: sandbox.path('app') },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr, output: stdout + stderr })
        },
      )
    })

  beforeEach(() => {
    cpSync(join(LAUNCHER, '..', '..'), sandbox.path('copy'), {
      recursive: true,
      filter: file => !/\/(?:src|test|node_modules)(?:\/|$)/.test(file),
    })
  })

  test.each([
    [
      'is missing',
      (): void => {
        rmSync(sandbox.path('copy/dist/bin.cjs.cache'))
      },
    ],
    [
      'is damaged',
      (): void => {
        writeFileSync(sandbox.path('copy/dist/bin.cjs.cache'), 'damaged')
      },
    ],
  ])('works when the kept machine code %s', async (_, damage) => {
    damage()
    expect((await start('--help')).stdout).toContain('Usage: aam <command>')
  })

  test('says so when the program was not built', async () => {
    rmSync(sandbox.path('copy/dist'), { recursive: true })
    const result = await start('tree')
    expect([result.code, result.stderr]).toEqual([
      1,
      'Error: aam is not built\nhint: run `npm ci` or `npm run build` in its folder\n',
    ])
    expect((await start('--version')).code).toBe(0)
  })
})
