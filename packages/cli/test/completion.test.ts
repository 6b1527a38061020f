/** `aam completion`: the scripts work in the shells they are for, and offer what there is. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'
import { COMMANDS } from '../src/commands/index.ts'

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))
let sandbox: Sandbox

beforeAll(async () => {
  sandbox = createSandbox()
  await startRegistry(sandbox, ['lint 1.0.0', '@team/lint 1.0.0', '@team/review 1.0.0 → lint *'])
  await aam('install @team/review @team/lint')
  sandbox.write('bin/aam', `#!/bin/sh\nexec '${process.execPath}' '${LAUNCHER}' "$@"\n`)
  chmodSync(sandbox.path('bin/aam'), 0o755)
  for (const shell of ['bash', 'zsh', 'fish']) {
    sandbox.write(`aam.${shell}`, (await aam(`completion ${shell}`)).stdout)
  }
})

afterAll(() => {
  sandbox.remove()
})

const aam = async (args: string, cwd = 'app', env: Record<string, string> = {}): Promise<Run> =>
  sandbox.aam(args, { cwd, env })

/** Runs a program of a shell where `aam` is on the PATH. */
function inShell(shell: string, program: string): string[] {
  const env = { PATH: `${sandbox.path('bin')}:${process.env['PATH'] ?? ''}`, HOME: sandbox.path('home') }
  const flags = shell === 'bash' ? ['--norc', '--noprofile'] : shell === 'zsh' ? ['-f'] : ['--no-config']
  const output = execFileSync(shell, [...flags, '-c', program], { cwd: sandbox.path('app'), encoding: 'utf8', env })
  return output.split('\n').filter(line => line !== '')
}

/** What each shell offers at the end of a line. */
const OFFERS: Readonly<Record<string, (line: string) => string[]>> = {
  bash: line =>
    inShell(
      'bash',
      // bash calls the function with the command, the word and the one before; a word that begins with @ it leaves whole.
      `source ../aam.bash; [[ $(complete -p aam) == *'-F _aam aam' ]] || exit 1
       COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; COMP_WORDS=(\${COMP_LINE//@/ @ }); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
       _aam aam '${line.slice(line.lastIndexOf(' ') + 1).replace(/.+@/, '')}'; printf '%s\\n' "\${COMPREPLY[@]}"`,
    ),
  zsh: line =>
    inShell(
      'zsh',
      // What zsh itself would show, printed.
      `compdef() { }; compadd() { print -l -- "\${(@P)2}" }; _files() { print -- '<files>' }
       _describe() { print -l -- "\${(@P)@[-1]}" }
       source ../aam.zsh; words=("\${(@s: :)\${:-${line}}}"); CURRENT=\${#words}; _aam`,
    )
      .map(offer => offer.replace(/:.*/, ''))
      .filter(offer => offer.startsWith(line.slice(line.lastIndexOf(' ') + 1))),
  fish: line => inShell('fish', `source ../aam.fish; complete -C '${line}'`).map(offer => offer.replace(/\t.*/, '')),
}

describe.each(['bash', 'zsh', 'fish'])('%s', shell => {
  const missing = spawnSync(shell, ['--version']).error !== undefined
  if (missing && (process.env['CI'] ?? '') === '') {
    test.skip(`skipped: needs ${shell}`, () => undefined)
    return
  }
  const offers = (line: string): string[] => OFFERS[shell]!(line)

  test('completes commands, and those within a group', () => {
    const first = new Set([...COMMANDS].filter(([, { section }]) => section).map(([name]) => name.split(' ')[0]!))
    expect(offers('aam ').sort()).toEqual([...first].sort())
    expect(offers('aam why')).toEqual(['why'])
    expect(offers('aam cache ').sort()).toEqual(['clean', 'ls', 'verify'])
    expect(offers('aam --json dist-tag r')).toEqual(['rm'])
    expect(offers('aam --cwd install cache v')).toEqual(['verify'])
  })

  test("completes a command's own options and those of every command", () => {
    expect(offers('aam install --fr')).toEqual(['--frozen'])
    expect(offers('aam pkg i --save')).toEqual(['--save-exact'])
    expect(offers('aam dist-tag set --for')).toEqual(['--force'])
    expect(offers('aam tree --js')).toEqual(['--json'])
    expect(offers('aam tree --fr')).toEqual([])
  })

  test('completes the names of installed packages where one is asked for', () => {
    const scoped = ['@team/lint', '@team/review']
    expect(offers('aam why ').sort()).toEqual(['@team/lint', '@team/review', 'lint'])
    expect(offers('aam why @te').sort()).toEqual(scoped)
    expect(offers('aam update --dry-run @team/r')).toEqual(scoped.slice(1))
    expect(offers('aam diff li')).toEqual(['lint'])
  })

  test('completes the words a command takes', () => {
    expect(offers('aam completion ').sort()).toEqual(['bash', 'fish', 'zsh'])
    expect(offers('aam version pre').sort()).toEqual(['prepatch', 'preminor', 'premajor', 'prerelease'].sort())
  })

  test('leaves everything else to the files there are', () => {
    const files = shell === 'bash' ? [] : shell === 'zsh' ? ['<files>'] : ['package.agent.json', 'package.agent.lock']
    const shown = (line: string): string[] =>
      shell === 'zsh' ? OFFERS['zsh']!(line.replace(/\S+$/, '')) : offers(line)
    expect(shown('aam publish package').sort()).toEqual(files)
    expect(shown('aam why --cwd package').sort()).toEqual(files)
  })
})

test.skipIf(spawnSync('zsh', ['--version']).error !== undefined && (process.env['CI'] ?? '') === '')(
  'zsh takes the script for the completion of aam (skipped: needs zsh)',
  () => {
    const program = 'autoload -U compinit; compinit -u -D; eval "$(aam completion zsh)"; print $_comps[aam]'
    expect(inShell('zsh', program)).toEqual(['_aam'])
  },
)

test('the shell is the one that SHELL names, or has to be said', async () => {
  expect((await aam('completion', 'app', { SHELL: '/usr/bin/fish' })).stdout).toBe(sandbox.read('aam.fish'))
  for (const [args, env, text] of [
    ['completion', {}, 'Which shell? SHELL is not set'],
    ['completion', { SHELL: '/bin/dash' }, "Which shell? SHELL is 'dash'"],
    ['completion powershell', {}, "There is no completion for 'powershell'"],
  ] as const) {
    const run = await aam(args, 'app', env)
    expect([run.code, run.stderr]).toEqual([2, expect.stringContaining(text)])
    expect(run.stderr).toContain('one of bash, zsh, fish')
  }
})

test('how to load it stands in the help and in the script', async () => {
  expect((await aam('completion --help')).stdout).toContain('eval "$(aam completion zsh)"')
  expect((await aam('completion --help')).stdout).not.toContain('--installed')
  for (const shell of ['bash', 'zsh', 'fish']) {
    expect(sandbox.read(`aam.${shell}`)).toMatch(/^(?:#compdef aam\n)?# .* Load it with .*\n# {3}.*aam completion /)
  }
})

test('installed packages are told, and whatever is wrong is no failure', async () => {
  expect((await aam('completion --installed')).output).toBe('@team/lint\n@team/review\nlint\n')
  expect(JSON.parse((await aam('completion --installed --json')).stdout)).toEqual({
    installed: ['@team/lint', '@team/review', 'lint'],
  })
  for (const [folder, lock] of [
    ['none', undefined],
    ['broken', '{'],
    ['conflict', '<<<<<<< ours\n'],
    ['list', '[]'],
    ['null', 'null'],
    ['text', '{"resolved": "x"}'],
  ] as const) {
    sandbox.write(`${folder}/package.agent.json`, { name: 'x', version: '1.0.0' })
    if (lock !== undefined) sandbox.write(`${folder}/package.agent.lock`, lock)
    expect(await aam('completion --installed', folder)).toMatchObject({ code: 0, output: '' })
  }
  sandbox.write('workspace/workspace.agent.json', '{}')
  expect(await aam('completion --installed', 'workspace')).toMatchObject({ code: 0, output: '' })
  expect(await aam('completion --installed', 'nowhere')).toMatchObject({ code: 0, output: '' })
})
