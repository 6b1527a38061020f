/** A bundle says what it is, holds what it says, and nothing that its package could not place (UAAPS 12.4). */
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { PackageFile, PackageName, Version } from '@aam/core'
import {
  BUNDLE_TARGETS,
  PLATFORMS,
  checksumOf,
  compareBundle,
  composeBundle,
  decodeBundleManifest,
  findBundleTarget,
  openBundle,
  placePackage,
  platformOfTarget,
} from '../src/index.ts'
import { atProject, sample } from './sample.ts'

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const file = (path: string, text: string, executable = false): PackageFile => ({
  path,
  data: Buffer.from(text),
  executable,
})

const FILES = [
  file('package.agent.json', '{"name":"@team/review"}'),
  file('skills/a/SKILL.md', 'a'),
  file('b.sh', 'b', true),
]

const compose = (target = BUNDLE_TARGETS[0]!): readonly PackageFile[] =>
  composeBundle({
    name: '@team/review' as PackageName,
    version: '1.2.0' as Version,
    target,
    builtAt: '1970-01-01T00:00:00Z',
    files: FILES,
    units: placePackage(
      PLATFORMS.find(({ id }) => id === platformOfTarget(target))!,
      sample,
      atProject,
    ).units,
    digest,
  }).entries

const said = (change: object): string => {
  const { data } = compose().find(({ path }) => path === 'bundle.json')!
  return JSON.stringify({ ...(JSON.parse(Buffer.from(data).toString()) as object), ...change })
}

describe('bundle.json', () => {
  test.each([
    ['another format', { format: 'zip' }, /format "zip"/],
    ['a later version', { version: '2.0' }, /version "2.0"/],
    ['no version', { version: undefined }, /version missing/],
    ['a field that is not in the schema', { extra: 1 }, /field "extra"/],
    ['a name that is none', { package: '../x' }, /package cannot be "..\/x"/],
    ['a version that is none', { package_version: '1' }, /package_version cannot be "1"/],
    ['a platform that is not in the schema', { target: 'gemini' }, /platform "gemini"; there are claude-code, cursor/],
    ['our name of a platform', { target: 'claude' }, /platform "claude"/],
    ['a time that is none', { built_at: 'today' }, /built_at cannot be "today"/],
    ['a checksum of another kind', { checksum: 'md5:00' }, /checksum cannot be/],
    ['no artifacts', { artifacts: [] }, /lists no artifacts/],
    ['a list that is none', { artifacts: {} }, /lists no artifacts/],
    ['an artifact of an unknown type', { artifacts: [{ type: 'theme', name: 'x', path: 'x' }] }, /artifacts cannot be/],
    ['an artifact with more', { artifacts: [{ type: 'mcp', name: 'x', path: 'x', y: 1 }] }, /artifacts cannot be/],
    ['an artifact without a path', { artifacts: [{ type: 'mcp', name: 'x' }] }, /artifacts cannot be/],
  ])('refuses %s', (_, change, why) => {
    expect(decodeBundleManifest(said(change))).toEqual({ why: expect.stringMatching(why) as string })
  })

  test.each(['', '[]', 'null', '{', '"bundle"'])('is an object: %j is none', text => {
    expect(decodeBundleManifest(text)).toEqual({ why: 'bundle.json is not a JSON object' })
  })

  test('says what was composed', () => {
    expect(decodeBundleManifest(said({}))).toMatchObject({
      package: '@team/review',
      packageVersion: '1.2.0',
      target: 'claude-code',
    })
  })
})

test('targets have the names of the schema, and ours', () => {
  expect(BUNDLE_TARGETS).toEqual(['claude-code', 'cursor', 'copilot', 'codex', 'universal'])
  expect(BUNDLE_TARGETS.every(target => PLATFORMS.some(({ id }) => id === platformOfTarget(target)))).toBe(true)
  expect(findBundleTarget('claude')).toBe('claude-code')
  expect(findBundleTarget('claude-code')).toBe('claude-code')
  expect(findBundleTarget('windsurf')).toBeUndefined()
})

test.each(BUNDLE_TARGETS)(
  'what is composed for %s opens, lists only what is there, and gives the package back',
  target => {
    const entries = compose(target)
    const opened = openBundle(entries, digest)
    expect('why' in opened ? opened.why : [...opened.files].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      [...FILES].sort((a, b) => (a.path < b.path ? -1 : 1)),
    )
    expect(compareBundle([...entries].reverse(), compose(target))).toBeUndefined()
  },
)

test('the checksum is that of the lines that sha256sum prints, without bundle.json', () => {
  const lines = `${digest(Buffer.from('1'))}  a\n${digest(Buffer.from('2'))}  b/c\n`
  const entries = [file('b/c', '2'), file('bundle.json', '{}'), file('a', '1')]
  expect(checksumOf(entries, digest)).toBe(`sha256:${digest(Buffer.from(lines))}`)
})

describe('an archive that is no bundle', () => {
  const without = (path: string): PackageFile[] => compose().filter(entry => entry.path !== path)
  const sealed = (entries: readonly PackageFile[], change: object = {}): PackageFile[] => [
    ...entries.filter(({ path }) => path !== 'bundle.json'),
    file('bundle.json', said({ checksum: checksumOf(entries, digest), ...change })),
  ]

  test.each<[string, readonly PackageFile[], string]>([
    ['has no bundle.json', without('bundle.json'), 'it has no bundle.json, so it is no bundle'],
    ['lost a file', without('source/b.sh'), 'its checksum is'],
    ['has a file more', [...compose(), file('x', '')], 'its checksum is'],
    [
      'lists what is not there',
      sealed(compose(), { artifacts: [{ type: 'mcp', name: 'x', path: 'files/x' }] }),
      'files/x',
    ],
    [
      'lists half a name',
      sealed(compose(), { artifacts: [{ type: 'mcp', name: 'x', path: 'sour' }] }),
      'it lists sour',
    ],
    ['has no manifest', sealed(without('package.agent.json')), 'it has no package.agent.json'],
  ])('%s', (_, entries, why) => {
    expect(openBundle(entries, digest)).toEqual({ why: expect.stringContaining(why) as string })
  })

  test.each<[string, readonly PackageFile[], string]>([
    ['a file elsewhere', [...compose(), file('files/.bashrc', 'x')], 'files/.bashrc is nothing that'],
    ['a part of another file', [...compose(), file('parts/rules.json', '{}')], 'parts/rules.json is nothing that'],
    [
      'a second manifest',
      [...compose(), file('source/package.agent.json', '{}')],
      'source/package.agent.json is nothing',
    ],
    ['one file less', without('source/b.sh'), 'it lacks source/b.sh'],
    [
      'other bytes',
      compose().map(entry => (entry.path.startsWith('files/') ? { ...entry, data: Buffer.from('x') } : entry)),
      'is not what this version of aam makes of the package in it',
    ],
    [
      'another mode',
      compose().map(entry => (entry.path === 'source/b.sh' ? { ...entry, executable: false } : entry)),
      'source/b.sh is not what',
    ],
  ])('or another one than its package becomes: %s', (_, entries, why) => {
    expect(compareBundle(entries, compose())?.why).toContain(why)
  })
})
