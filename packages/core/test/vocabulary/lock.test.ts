import {
  EMPTY_LOCK,
  type Lock,
  type PackageName,
  type Tag,
  decodeLock,
  encodeLock,
  hasConflict,
  instanceName,
  integrityFromHex,
  mergeLocks,
  parseVersion,
  splitConflict,
} from '@aam/core'
import { lockJsonSchema } from '@aam/core/schemas'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import * as z from 'zod'
import { failureOf, problemsOf } from './failure-of.ts'
import { packageName, versionText } from './generators.ts'
import { entryOf, lockOf } from './lock-of.ts'

const HEX = 'ab'.repeat(32)
const INTEGRITY = integrityFromHex(HEX)
const FILE = 'package.agent.lock'
const SOURCE = {
  type: 'registry',
  registry: 'https://r.io',
  name: 'a',
  version: '1.0.0',
  tarball: 'https://r.io/a.aam',
}
const text = (entry: object, more: object = {}): string =>
  JSON.stringify({
    lockVersion: 2,
    resolved: { a: { version: '1.0.0', integrity: INTEGRITY, source: SOURCE, ...entry } },
    ...more,
  })

const anyLock: fc.Arbitrary<Lock> = fc
  .tuple(
    fc.array(
      fc.tuple(
        packageName,
        versionText,
        fc.dictionary(packageName, versionText, { maxKeys: 4, noNullPrototype: true }),
        fc.option(fc.constantFrom('latest', 'stable')),
        fc.boolean(),
      ),
      { maxLength: 6 },
    ),
    fc.dictionary(packageName, fc.string(), { maxKeys: 3, noNullPrototype: true }),
  )
  .map(([entries, skipped]) => ({
    resolved: new Map(
      entries.map(([name, version, dependencies, tag, plain]) => {
        const entry = entryOf(name, version, dependencies)
        const tagged = tag === null ? {} : { resolvedTag: tag as Tag }
        return [
          plain ? name : instanceName(name, parseVersion(version)),
          { ...entry, source: { ...entry.source, ...tagged, display: `registry:${name}` } },
        ]
      }),
    ),
    skipped: new Map(Object.entries(skipped) as [PackageName, string][]),
  }))

describe('the bytes of a lock (UAAPS 13.3, D2)', () => {
  it('of nothing', () => {
    expect(encodeLock(EMPTY_LOCK)).toBe('{\n  "lockVersion": 2,\n  "resolved": {}\n}\n')
  })
  it('have two spaces, sorted keys and a final newline', () => {
    const bytes = encodeLock(lockOf({ b: ['1.0.0'], a: ['1.0.0', { d: '1.0.0', c: '1.0.0' }] }))
    expect([...bytes.matchAll(/^ {4}"(\w)"|^ {8}"(\w)"/gm)].map(([, entry, inner]) => entry ?? inner)).toEqual([
      'a',
      'c',
      'd',
      'b',
    ])
    for (const part of Object.values((JSON.parse(bytes) as { resolved: Record<string, object> }).resolved)) {
      expect(Object.keys(part)).toEqual(Object.keys(part).sort())
    }
    expect(bytes.endsWith('}\n')).toBe(true)
    expect(bytes).not.toMatch(/\t|\r|\n\n| \n/)
  })
  it('law: reading and writing gives the same bytes and the same lock', () => {
    fc.assert(
      fc.property(anyLock, lock => {
        const bytes = encodeLock(lock)
        expect(decodeLock(bytes, FILE)).toEqual(lock)
        expect(encodeLock(decodeLock(bytes, FILE))).toBe(bytes)
      }),
      { numRuns: 500 },
    )
  })
  it('law: do not depend on the order things were found in', () => {
    const shuffled = <K, V>(map: ReadonlyMap<K, V>): fc.Arbitrary<Map<K, V>> =>
      fc.shuffledSubarray([...map], { minLength: map.size }).map(entries => new Map(entries))
    const two = anyLock.chain(lock => {
      const entries = [...lock.resolved].map(([name, entry]) =>
        shuffled(entry.dependencies).map(dependencies => [name, { ...entry, dependencies }] as const),
      )
      return fc
        .tuple(
          fc.tuple(...entries).chain(list => shuffled(new Map(list))),
          shuffled(lock.skipped),
        )
        .map(([resolved, skipped]) => [lock, { resolved, skipped }] as const)
    })
    fc.assert(
      fc.property(two, ([one, other]) => {
        expect(encodeLock(other)).toBe(encodeLock(one))
      }),
      { numRuns: 500 },
    )
  })
  it('law: have what the published schema and our own ask for', () => {
    const ours = z.fromJSONSchema(lockJsonSchema())
    type Written = { lockVersion: number; resolved: Record<string, Record<string, unknown>> }
    fc.assert(
      fc.property(anyLock, lock => {
        const value = JSON.parse(encodeLock(lock)) as Written
        expect(ours.safeParse(value).error).toBeUndefined()
        expect(value.lockVersion).toBe(2)
        for (const entry of Object.values(value.resolved)) {
          const allowed = new Set(['version', 'source', 'integrity', 'dependencies'])
          expect(Object.keys(entry).filter(key => !allowed.has(key))).toEqual([])
          expect(entry).toMatchObject({
            version: expect.any(String) as string,
            integrity: expect.stringMatching(/^sha256-[A-Za-z0-9+/=]+$/) as string,
          })
          const source = new Set(Object.keys(entry['source'] as object))
          expect(['type', 'registry', 'name', 'version', 'tarball'].filter(key => !source.has(key))).toEqual([])
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('reading', () => {
  it('version 1, where source is text, and upgrading it on the next write (UAAPS 13.3)', () => {
    const old = JSON.stringify({
      lockVersion: 1,
      resolved: { a: { version: '1.0.0', integrity: `sha256:${HEX}`, source: 'aam-central' } },
    })
    const lock = decodeLock(old, FILE)
    const written = JSON.parse(encodeLock(lock)) as {
      lockVersion: number
      resolved: { a: { source: unknown; integrity: string } }
    }
    expect(written.lockVersion).toBe(2)
    expect(written.resolved.a.integrity).toBe(INTEGRITY)
    expect(written.resolved.a.source).toMatchObject({
      type: 'registry',
      name: 'a',
      version: '1.0.0',
      display: 'aam-central',
    })
  })
  it('ignores what it does not know (D35)', () => {
    const lock = decodeLock(
      text({ future: 1, source: { ...SOURCE, future: 1 } }, { groups: { dev: true }, systemChecks: {}, derived: 5 }),
      FILE,
    )
    expect([...lock.resolved.keys()]).toEqual(['a'])
  })
  it('takes CRLF, a byte-order mark and any layout', () => {
    expect(
      decodeLock(JSON.stringify(JSON.parse(text({})), undefined, 4).replaceAll('\n', '\r\n'), FILE).resolved.size,
    ).toBe(1)
    expect(decodeLock(`\ufeff${text({})}`, FILE).resolved.size).toBe(1)
  })
  test.each([
    ['{\n<<<<<<< HEAD\n  "lockVersion": 2,\n=======\n  "lockVersion": 2,\n>>>>>>> theirs\n}', 2],
    ['{\r\n\r\n<<<<<<< HEAD\r\n=======\r\n>>>>>>> x\r\n}', 3],
    ['{\n\n\n=======\n}', 4],
    ['{\n>>>>>>> theirs\n}', 2],
  ])('conflict markers are named, with their line', (conflicted, line) => {
    const failure = failureOf(() => decodeLock(conflicted, FILE))
    expect(failure.code).toBe('LOCK_CONFLICTED')
    expect(failure.message).toContain(`line ${String(line)}`)
    expect(failure.hint).toContain('aam install')
  })
  test.each([
    ['3', '3'],
    ['"2"', '"2"'],
    ['0', '0'],
    ['null', 'null'],
    ['2.5', '2.5'],
  ])('lockVersion %s is unknown', (version, said) => {
    const failure = failureOf(() => decodeLock(`{"lockVersion": ${version}, "resolved": {}}`, FILE))
    expect(failure.code).toBe('LOCK_VERSION_UNKNOWN')
    expect(failure.message).toBe(`${FILE} has lockVersion ${said}; this aam reads 1 and 2`)
  })
  it('no lockVersion is said so', () => {
    expect(failureOf(() => decodeLock('{"resolved": {}}', FILE)).message).toContain('none')
  })
  test.each<readonly [string, string]>([
    ['[]', ''],
    ['{"lockVersion": 2}', 'resolved'],
    ['{"lockVersion": 2, "resolved": []}', 'resolved'],
    ['{"lockVersion": 2, "resolved": {"A": {}}}', 'resolved.A'],
    ['{"lockVersion": 2, "resolved": {"../a": {}}}', 'resolved.../a'],
    ['{"lockVersion": 2, "resolved": {"__proto__": {}}}', 'resolved.__proto__'],
    ['{"lockVersion": 2, "resolved": {"a": 1}}', 'resolved.a'],
    ['{"lockVersion": 2, "resolved": {"a": {}}}', 'resolved.a.version'],
    [text({ version: '^1' }), 'resolved.a.version'],
    [text({ version: 1 }), 'resolved.a.version'],
    [text({ integrity: undefined }), 'resolved.a.integrity'],
    [text({ integrity: 1 }), 'resolved.a.integrity'],
    [text({ integrity: 'md5-abc' }), 'resolved.a.integrity'],
    [text({ integrity: 'sha256-abc123...' }), 'resolved.a.integrity'],
    [text({ source: undefined }), 'resolved.a.source'],
    [text({ source: 1 }), 'resolved.a.source'],
    [text({ source: { type: 'git' } }), 'resolved.a.source'],
    [text({ dependencies: { b: '^1' } }), 'resolved.a.dependencies.b'],
    [text({ dependencies: { B: '1.0.0' } }), 'resolved.a.dependencies'],
    [text({ dependencies: ['b'] }), 'resolved.a.dependencies'],
    ['{"lockVersion": 2, "resolved": {"a@^1": {}}}', 'resolved.a@^1'],
    ['{"lockVersion": 2, "resolved": {"A@1.0.0": {}}}', 'resolved.A@1.0.0'],
    [text({ dependencies: { 'b@1.0.0': '1.0.0' } }), 'resolved.a.dependencies'],
    [text({}, { skipped: { '../../b': 'why' } }), 'skipped.../../b'],
    [text({}, { skipped: { b: {} } }), 'skipped.b'],
  ])('%s: the field is named', (bad, field) => {
    const [problem] = problemsOf(() => decodeLock(bad, FILE))
    expect(problem).toMatchObject({ severity: 'error', file: FILE, field })
    expect(problem?.hint).toContain('version control')
  })
  test.each<readonly [string, object, string, string]>([
    ['a@1.0.0', { version: '1.0.1' }, 'resolved.a@1.0.0.version', "it must be the one that 'a@1.0.0' says"],
    ['a@1.0.0', { source: { ...SOURCE, version: '1.0.1' } }, 'resolved.a@1.0.0.source', 'its version is not 1.0.0'],
    ['a@1.0.0', { source: { ...SOURCE, name: 'a@1.0.0' } }, 'resolved.a@1.0.0.source', 'its name is not a'],
    ['a@1.0', {}, 'resolved.a@1.0', "'a@1.0' is not a package name: '1.0' is not an exact version"],
  ])('an instance called %s with %j: it says so', (...[key, change, field, message]) => {
    const entry = { version: '1.0.0', integrity: INTEGRITY, source: SOURCE, ...change }
    const [problem] = problemsOf(() => decodeLock(JSON.stringify({ lockVersion: 2, resolved: { [key]: entry } }), FILE))
    expect(problem).toMatchObject({ field, message })
  })
  it('what is not JSON is said so', () => {
    for (const bad of ['', '{', 'lockfile_version: 1\n', '['.repeat(100_000)]) {
      expect(problemsOf(() => decodeLock(bad, FILE))[0]?.message).toMatch(/not JSON/)
    }
  })
})

describe('a lock that Git could not merge (D2)', () => {
  const lines = ['{', '<<<<<<< ours', 'a', '||||||| base', 'b', '=======', 'c', '>>>>>>> theirs', '}']
  test.each(['\n', '\r\n'])('the common ancestor of diff3 is in neither side, with lines that end in %j', end => {
    const text = lines.join(end)
    expect(hasConflict(text)).toBe(2)
    expect(splitConflict(text)).toEqual({ ours: ['{', 'a', '}'].join(end), theirs: ['{', 'c', '}'].join(end) })
  })
  it('which side is ours makes no difference, also where only the source differs', () => {
    const side = (tag: string, version: string): Lock => {
      const entry = entryOf('a', '1.0.0')
      const tagged = { ...entry, source: { ...entry.source, resolvedTag: tag as Tag } }
      return { ...EMPTY_LOCK, resolved: new Map([...lockOf({ b: [version] }).resolved, ['a' as PackageName, tagged]]) }
    }
    const [one, two] = [side('latest', '1.0.0'), side('stable', '1.1.0')]
    expect(mergeLocks(one, two, 1)).toEqual(mergeLocks(two, one, 1))
    expect([...mergeLocks(one, two, 1).lock.resolved.values()].map(({ version }) => version)).toEqual([
      '1.0.0',
      '1.1.0',
    ])
  })
  it('what the sides have of one package counts together, under whatever name (D17)', () => {
    const one = lockOf({ a: ['1.0.0'] })
    const two = lockOf({ a: ['2.0.0'], 'a@1.0.0': ['1.0.0'] })
    const merge = mergeLocks(one, two, 1)
    expect(merge).toEqual(mergeLocks(two, one, 1))
    expect([...merge.lock.resolved].map(([name, { version }]) => `${name} ${version}`)).toEqual([
      'a 2.0.0',
      'a@1.0.0 1.0.0',
    ])
    expect([...merge.sides].map(([name, entries]) => [name, entries.map(({ version }) => version)])).toEqual([
      ['a', ['1.0.0', '1.0.0', '2.0.0']],
    ])
    expect(merge.contradictions).toEqual([])
    const other = { ...entryOf('a', '1.0.0'), integrity: integrityFromHex('cd'.repeat(32)) }
    const changed = { ...one, resolved: new Map([['a' as PackageName, other]]) }
    expect(mergeLocks(changed, two, 1).contradictions).toEqual(['a'])
  })
  it('different contents for one version are a contradiction', () => {
    const lock = lockOf({ a: ['1.0.0'], b: ['1.0.0'] })
    const other = { ...entryOf('a', '1.0.0'), integrity: integrityFromHex('cd'.repeat(32)) }
    const theirs = { ...lock, resolved: new Map([...lock.resolved, ['a' as PackageName, other]]) }
    expect(mergeLocks(lock, theirs, 1).contradictions).toEqual(['a'])
  })
})
