import { spawn } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  statSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Registry, initFolderRegistry, openFolderRegistry } from '@aam/client'
import { withLock } from '@aam/client/files'
import type { Version } from '@aam/core'
import { NOW, named, packSpec, parseSpec } from '@aam/testkit'
import { codeOf, describeRegistry } from './contract.ts'

let root: string
let registry: Registry
const name = named('@author/my-agent')

async function open(): Promise<Registry> {
  await initFolderRegistry(root)
  registry = openFolderRegistry({ root, now: () => NOW })
  return registry
}

beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'aam-registry-')), 'registry')
})

afterEach(() => {
  rmSync(join(root, '..'), { recursive: true, force: true })
})

describeRegistry('a folder', {
  open,
  setRules: rules => {
    const lines = [
      'format_version: 1',
      ...(rules.allowed === undefined ? [] : [`allowed_tags: [${rules.allowed.join(', ')}]`]),
      ...(rules.protected === undefined ? [] : [`protected_tags: [${rules.protected.join(', ')}]`]),
    ]
    writeFileSync(join(root, 'registry.yaml'), `${lines.join('\n')}\n`)
    return Promise.resolve()
  },
})

describe('the folder registry (D6)', () => {
  const at = (...steps: string[]): string => join(root, 'packages', '@author', 'my-agent', ...steps)

  beforeEach(async () => {
    await open()
    await registry.publish(packSpec(parseSpec('@author/my-agent 1.0.0')), {})
    await registry.publish(packSpec(parseSpec('@author/my-agent 1.1.0')), {})
  })

  test('has the layout that is documented', () => {
    expect(readdirSync(at()).sort()).toEqual(['document.json', 'metadata.yaml', 'versions'])
    expect(readdirSync(at('versions')).sort()).toEqual([
      '1.0.0.aam',
      '1.0.0.aam.sha256',
      '1.1.0.aam',
      '1.1.0.aam.sha256',
    ])
    expect(readFileSync(at('versions', '1.0.0.aam.sha256'), 'utf8')).toMatch(/^[0-9a-f]{64} {2}1\.0\.0\.aam\n$/)
    expect(existsSync(join(root, '.lock'))).toBe(false)
  })

  test('an edit of metadata.yaml by hand counts at once, and survives the next change', async () => {
    const edited = readFileSync(at('metadata.yaml'), 'utf8').replace(
      '  latest: 1.1.0',
      '  latest: 1.1.0\n  # chosen by the board\n  stable: 1.0.0',
    )
    writeFileSync(at('metadata.yaml'), `${edited}notes: ask Ann\n`)
    expect(Object.fromEntries((await registry.fetchDocument(name))!.tags)).toEqual({ latest: '1.1.0', stable: '1.0.0' })
    await registry.publish(packSpec(parseSpec('@author/my-agent 1.2.0')), {})
    const after = readFileSync(at('metadata.yaml'), 'utf8')
    expect(after).toContain('# chosen by the board')
    expect(after).toContain('notes: ask Ann')
    expect(Object.fromEntries((await registry.fetchDocument(name))!.tags)).toEqual({ latest: '1.2.0', stable: '1.0.0' })
  })

  test.each([
    [
      'missing',
      () => {
        rmSync(at('document.json'))
      },
    ],
    [
      'damaged',
      () => {
        writeFileSync(at('document.json'), '{"source"')
      },
    ],
    [
      'of another metadata.yaml',
      () => {
        appendFileSync(at('metadata.yaml'), '# later\n')
      },
    ],
  ])('a derived document that is %s costs nothing but time', async (_, damage) => {
    damage()
    expect([...(await registry.fetchDocument(name))!.releases.keys()]).toEqual(['1.0.0', '1.1.0'])
  })

  test.each([
    ['broken YAML', 'name: [', 'line 1'],
    ['another package', 'name: other\ntags: {}\nversions: {}\n', 'its name is other'],
    ['a version that is none', 'name: "@author/my-agent"\ntags: {}\nversions:\n  one: {}\n', "'one'"],
  ])('metadata.yaml with %s is refused with its file and reason', async (_, text, reason) => {
    writeFileSync(at('metadata.yaml'), text)
    await expect(registry.fetchDocument(name)).rejects.toThrow(reason)
    expect(await codeOf(registry.fetchDocument(name))).toBe('REGISTRY_BROKEN')
    expect(await codeOf(registry.publish(packSpec(parseSpec('@author/my-agent 1.2.0')), {}))).toBe('REGISTRY_BROKEN')
    expect(readFileSync(at('metadata.yaml'), 'utf8')).toBe(text)
  })

  test('an archive that is gone is the registry being broken, not the package missing', async () => {
    rmSync(at('versions', '1.0.0.aam'))
    expect(await codeOf(registry.fetchArchive(name, '1.0.0' as Version))).toBe('REGISTRY_BROKEN')
  })

  test('an archive that a crash left without a record does not block its version', async () => {
    writeFileSync(at('versions', '1.2.0.aam'), 'half an archive')
    writeFileSync(at('versions', '.1.2.0.aam.0123456789ab.tmp'), 'less than half')
    await registry.publish(packSpec(parseSpec('@author/my-agent 1.2.0')), {})
    expect(
      Buffer.from(await registry.fetchArchive(name, '1.2.0' as Version)).equals(
        packSpec(parseSpec('@author/my-agent 1.2.0')),
      ),
    ).toBe(true)
    expect(readdirSync(at('versions')).filter(file => file.startsWith('.'))).toEqual([])
  })

  test('an edit of metadata.yaml that keeps its length counts too', async () => {
    writeFileSync(
      at('metadata.yaml'),
      readFileSync(at('metadata.yaml'), 'utf8').replace('latest: 1.1.0', 'latest: 1.0.0'),
    )
    expect(Object.fromEntries((await registry.fetchDocument(name))!.tags)).toEqual({ latest: '1.0.0' })
  })

  test('a folder copied under another name is refused, though its document.json fits its metadata.yaml', async () => {
    cpSync(at(), join(root, 'packages', 'copy'), { recursive: true })
    expect(await codeOf(registry.fetchDocument(named('copy')))).toBe('REGISTRY_BROKEN')
  })

  test('a registry of another format_version is refused', async () => {
    writeFileSync(join(root, 'registry.yaml'), 'format_version: 2\n')
    expect(await codeOf(registry.publish(packSpec(parseSpec('@author/my-agent 1.2.0')), {}))).toBe('REGISTRY_BROKEN')
  })

  test('a writer waits until the one before has finished', async () => {
    let written = false
    let publishing: Promise<unknown> | undefined
    await withLock({ folder: join(root, '.lock'), what: 'the registry' }, async () => {
      publishing = registry.publish(packSpec(parseSpec('@author/my-agent 1.2.0')), {}).then(() => (written = true))
      await sleep(100)
      expect(written).toBe(false)
    })
    await publishing
    expect(written).toBe(true)
  })

  test('what a killed writer left beside metadata.yaml is removed', async () => {
    writeFileSync(at('.metadata.yaml.0123456789ab.tmp'), 'half')
    await registry.publish(packSpec(parseSpec('@author/my-agent 1.2.0')), {})
    expect(readdirSync(at()).filter(file => file.startsWith('.'))).toEqual([])
  })

  test('init is repeatable, and refuses a folder that holds something else', async () => {
    expect(await initFolderRegistry(root)).toEqual({ existed: true })
    expect(await codeOf(initFolderRegistry(join(root, 'packages')))).toBe('USAGE')
  })

  test('a folder that is no registry is not opened', () => {
    expect(() => openFolderRegistry({ root: join(root, 'packages'), now: () => NOW })).toThrow(
      'There is no registry at',
    )
  })
})

describe('the lock between processes', () => {
  const folder = (): string => join(root, 'lock')
  const options = (): { folder: string; what: string } => ({ folder: folder(), what: 'the thing' })

  beforeEach(() => {
    mkdirSync(root, { recursive: true })
  })

  test('lets one in at a time', async () => {
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 20 }, async () =>
        withLock(options(), async () => {
          most = Math.max(most, ++inside)
          await new Promise(resolve => setTimeout(resolve, 2))
          inside--
        }),
      ),
    )
    expect(most).toBe(1)
    expect(existsSync(folder())).toBe(false)
  })

  test('is free again when its holder was killed', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const claim = await claimOf(child.pid!)
    mkdirSync(folder(), { recursive: true })
    writeFileSync(join(folder(), claim), '')
    await expect(withLock({ ...options(), patience: 30 }, () => 'in')).rejects.toThrow(
      `in use by process ${String(child.pid)}`,
    )
    child.kill('SIGKILL')
    await new Promise(resolve => child.on('exit', resolve))
    expect(await withLock(options(), () => 'in')).toBe('in')
  })

  test('is free when the process number belongs to somebody else now', async () => {
    const mine = await claimOf(process.pid)
    const [host, pid, , token] = mine.split('.')
    mkdirSync(folder(), { recursive: true })
    writeFileSync(join(folder(), [host, pid, '0badb007-1', token].join('.')), '')
    expect(await withLock(options(), () => 'in')).toBe('in')
  })

  test('respects another machine until it has been silent for long', async () => {
    mkdirSync(folder(), { recursive: true })
    const claim = join(folder(), 'other0machine.1.unknown.0123abcd')
    writeFileSync(claim, '')
    await expect(withLock({ ...options(), patience: 30 }, () => 'in')).rejects.toThrow('on another machine')
    const long = new Date(Date.now() - 60_000)
    utimesSync(claim, long, long)
    expect(await withLock(options(), () => 'in')).toBe('in')
  })

  test('keeps its claim fresh as long as it is held', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      await withLock(options(), () => {
        const claim = join(folder(), readdirSync(folder())[0]!)
        utimesSync(claim, 0, 0)
        vi.advanceTimersByTime(10_000)
        expect(statSync(claim).mtimeMs).toBeGreaterThan(0)
      })
    } finally {
      vi.useRealTimers()
    }
  })

  test('tells who waits for whom, after a second', async () => {
    const heard: string[] = []
    await withLock(options(), async () => {
      const second = withLock({ ...options(), patience: 1_500, onWait: owner => heard.push(owner) }, () => undefined)
      await expect(second).rejects.toThrow('in use by')
    })
    expect(heard).toEqual([`process ${String(process.pid)}`])
  })

  test('is given back when the work fails', async () => {
    await expect(
      withLock(options(), () => {
        throw new Error('work failed')
      }),
    ).rejects.toThrow('work failed')
    expect(existsSync(folder())).toBe(false)
  })

  /** The name of the claim that process `pid` would make: ours, with its number and start. */
  async function claimOf(pid: number): Promise<string> {
    let own = ''
    await withLock(options(), () => {
      own = readdirSync(folder())[0]!
    })
    const [host, , start, token] = own.split('.')
    if (pid === process.pid) return own
    const stat = existsSync(`/proc/${String(pid)}/stat`) ? readFileSync(`/proc/${String(pid)}/stat`, 'latin1') : ''
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return [host, pid, ticks === undefined ? start : `${start!.split('-')[0]!}-${ticks}`, token].join('.')
  }
})
