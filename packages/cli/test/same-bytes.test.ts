/** The same wish gives the same bytes on every machine (D2): whatever its language, time, folders, user and order. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { type Sandbox, createSandbox, publishUniverse } from '@aam/testkit'

const LAUNCHER = fileURLToPath(new URL('../bin/aam.cjs', import.meta.url))

const UNIVERSE = [
  'igloo 1.0.0 → @i/island >=1.0.0, zebra *',
  'igloo 1.2.0-rc.1 → @i/island >=1.0.0',
  '@i/island 1.0.0 → i18n ^1.0.0',
  '@i/island 1.4.0 → i18n ^1.1.0',
  'i18n 1.0.0',
  'i18n 1.1.0',
  'i18n 1.10.0',
  'i-0 1.0.0',
  'i0 1.0.0 → i-0 *',
  'zebra 0.1.0 → opt:gone-too *',
  'cab 2.0.0+linux → zebra ^0.1.0',
]
const WISHES: readonly (readonly [string, string])[] = [
  ['igloo', '^1.0.0'],
  ['@i/island', '*'],
  ['i18n', '>=1.0.0, <2'],
  ['i0', '1.x'],
  ['cab', '2.0.0'],
]

type Machine = {
  readonly env: Readonly<Record<string, string>>
  readonly umask: string
  /** Where the repository is, and where in it the command is given. */
  readonly top: string
  readonly cwd: string
  /** How far everything that is a list is turned before it is used. */
  readonly turn: number
}

const MACHINES: readonly Machine[] = [
  { env: { LANG: 'C', TZ: 'UTC' }, umask: '022', top: 'work', cwd: '', turn: 0 },
  {
    env: { LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', TZ: 'Asia/Istanbul' },
    umask: '077',
    top: 'İş/ıı',
    cwd: '',
    turn: 3,
  },
  { env: { LANG: 'sv_SE.UTF-8', TZ: 'Pacific/Kiritimati' }, umask: '000', top: 'a b/c', cwd: 'src/deep', turn: 5 },
  { env: { LC_ALL: 'cs_CZ.UTF-8', TZ: 'America/St_Johns' }, umask: '027', top: 'x/y/z/repo.git', cwd: '', turn: 7 },
  {
    env: { LANG: 'ar_EG.UTF-8', TZ: 'Antarctica/Troll', USER: 'somebody' },
    umask: '002',
    top: '@i',
    cwd: 'src',
    turn: 9,
  },
]

const sandboxes: Sandbox[] = []
afterEach(() => {
  for (const sandbox of sandboxes.splice(0)) sandbox.remove()
})

const turned = <T>(list: readonly T[], by: number): T[] => [
  ...list.slice(by % list.length),
  ...list.slice(0, by % list.length),
]

async function shell(
  line: string,
  { env, umask }: Machine,
  at: { readonly home: string; readonly cwd: string },
): Promise<string> {
  const whole = { PATH: process.env['PATH'] ?? '', HOME: at.home, aam: `${process.execPath} ${LAUNCHER}`, ...env }
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', `umask ${umask}; ${line}`], { cwd: at.cwd, env: whole }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(stderr))
    })
  })
}

/** Everything from nothing, as somebody on this machine would do it. */
async function work(machine: Machine): Promise<{ lock: string; archive: string; tree: string }> {
  const sandbox = createSandbox()
  sandboxes.push(sandbox)
  const path = (file: string): string => sandbox.path(machine.top, file)
  mkdirSync(path('.git'), { recursive: true })
  await publishUniverse(path('registry'), turned(UNIVERSE, machine.turn))
  sandbox.write(path('project/.aam/config.yaml'), 'registries:\n  default: ../../registry\n')
  const fields = [
    ['name', 'same'],
    ['version', '1.0.0'],
    ['dependencies', Object.fromEntries(turned(WISHES, machine.turn))],
  ] as const
  sandbox.write(path('project/package.agent.json'), Object.fromEntries<unknown>(turned(fields, machine.turn)))
  mkdirSync(path(`project/${machine.cwd}`), { recursive: true })
  const at = { home: sandbox.path('home'), cwd: path(`project/${machine.cwd}`) }
  await shell('$aam install && $aam check', machine, at)

  sandbox.write(path('pkg/package.agent.json'), { name: 'packed', version: '1.0.0' })
  for (const name of turned(['i', 'z', 'a-b', 'a0'], machine.turn)) {
    sandbox.write(path(`pkg/skills/${name}/SKILL.md`), `---\nname: ${name}\ndescription: Helps.\n---\n\n# Help\n`)
    sandbox.write(path(`pkg/skills/${name}/run.sh`), '#!/bin/sh\n')
    chmodSync(path(`pkg/skills/${name}/run.sh`), machine.umask === '077' ? 0o700 : 0o755)
  }
  await shell('$aam pack', machine, { ...at, cwd: path('pkg') })
  return {
    lock: readFileSync(path('project/package.agent.lock'), 'utf8'),
    archive: readFileSync(path('pkg/packed-1.0.0.aam'), 'base64'),
    tree: await shell('$aam list', machine, at),
  }
}

test('the machines of this test do differ', async () => {
  const [, turkish, swedish] = MACHINES
  const at = { home: '/', cwd: '/' }
  const script =
    'Intl.Collator().resolvedOptions().locale + ["ö", "z"].sort(Intl.Collator().compare)[0] + new Date(0).getHours()'
  const say = `${process.execPath} -p '${script}'`
  expect(await shell(say, turkish!, at)).toBe('tr-TRö2\n')
  expect(await shell(say, swedish!, at)).toMatch(/^sv-SEz/)
})

test('a lock, an archive and a list have the same bytes on all of them', { timeout: 60_000 }, async () => {
  const [first, ...others] = await Promise.all(MACHINES.map(work))
  expect(Object.keys((JSON.parse(first!.lock) as { resolved: object }).resolved)).toHaveLength(7)
  expect(first!.lock).toContain('"file:../registry/packages/@i/island/versions/1.4.0.aam"')
  expect(first!.lock).not.toMatch(/\/tmp|20\d\d-|:\/\//)
  for (const other of others) expect(other).toEqual(first)
})
