import {
  EMPTY_LOCK,
  type Lock,
  checkEdges,
  checkLock,
  gatherWants,
  parsePackageName,
  parseInstanceName,
  parseRange,
  pruneLock,
  requireLocked,
} from '@aam/core'
import { describe, expect, it, test } from 'vitest'
import { failureOf } from './failure-of.ts'
import { lockOf } from './lock-of.ts'

describe('whether a lock still fits (UAAPS 13.4, D9)', () => {
  type Ranges = Readonly<Record<string, string>>
  const ranges = (record: Ranges = {}) =>
    new Map(Object.entries(record).map(([name, range]) => [parsePackageName(name), parseRange(range)]))
  const wants = (dependencies: Ranges, optional?: Ranges, resolutions?: Ranges) =>
    gatherWants({
      name: 'root',
      version: '1.0.0',
      dependencies: ranges(dependencies),
      optionalDependencies: ranges(optional),
      dependencyGroups: new Map(),
      extras: new Map(),
      peerDependencies: ranges(),
      resolutions: ranges(resolutions),
    })
  const lock = lockOf({ a: ['1.2.0', { b: '1.0.0' }], b: ['1.0.0'] })

  it('it does', () => {
    expect(checkLock(lock, wants({ a: '^1' }))).toEqual([])
    expect(checkLock(lock, wants({ a: '*', b: '*' }))).toEqual([])
    expect(checkLock(EMPTY_LOCK, wants({}))).toEqual([])
    expect(
      checkLock(lockOf({ a: ['1.0.0', { b: '1.0.0' }], b: ['1.0.0', { a: '1.0.0' }] }), wants({ a: '*' })),
    ).toEqual([])
  })
  test.each<readonly [string, Lock, ReturnType<typeof wants>, readonly RegExp[]]>([
    ['missing', lock, wants({ a: '^1', c: '^2' }), [/^c \^2 is wanted, and the lock does not have it$/]],
    ['out of range', lock, wants({ a: '^2' }), [/^a \^2 is wanted, and the lock has 1\.2\.0$/]],
    ['unreachable', lockOf({ a: ['1.0.0'], z: ['1.0.0'] }), wants({ a: '*' }), [/^nothing needs z any more$/]],
    ['unreachable, with what it needed', lock, wants({}), [/needs a any/, /needs b any/]],
    [
      'a pre-release that the range does not admit',
      lockOf({ a: ['1.0.0-rc.1'] }),
      wants({ a: '^1.0.0' }),
      [/1\.0\.0-rc\.1/],
    ],
    [
      'inconsistent',
      lockOf({ a: ['1.0.0', { b: '2.0.0' }], b: ['1.0.0'] }),
      wants({ a: '*' }),
      [/^a was resolved with b@2\.0\.0, and the lock has 1\.0\.0$/],
    ],
    ['torn', lockOf({ a: ['1.0.0', { b: '2.0.0' }] }), wants({ a: '*' }), [/b@2\.0\.0, and the lock has none/]],
    [
      'resolutions, on a transitive package',
      lock,
      wants({ a: '^1' }, {}, { b: '2.0.0' }),
      [/^resolutions ask for b 2\.0\.0, and the lock has 1\.0\.0$/],
    ],
    ['resolutions, on a direct one, said once', lock, wants({ a: '^1' }, {}, { a: '2.0.0' }), [/2\.0\.0.*1\.2\.0/]],
    [
      'an optional one that was not considered',
      lock,
      wants({ a: '*' }, { o: '^1' }),
      [/^the optional o \^1 is wanted/],
    ],
    [
      'an optional one out of range',
      lockOf({ o: ['2.0.0'] }),
      wants({}, { o: '^1' }),
      [/^the optional o \^1 .*2\.0\.0/, /needs o any more/],
    ],
  ])('%s', (...[, there, wanted, expected]) => {
    const reasons = checkLock(there, wanted)
    expect(reasons).toHaveLength(expected.length)
    for (const [index, pattern] of expected.entries()) expect(reasons[index]).toMatch(pattern)
  })
  it('resolutions replace the range (D9)', () => {
    expect(checkLock(lock, wants({ a: '^9' }, {}, { a: '1.2.0' }))).toEqual([])
  })
  it('an optional one that was skipped may be missing (D22)', () => {
    const skipped = new Map([[parsePackageName('o'), 'not found']])
    expect(checkLock({ ...lock, skipped }, wants({ a: '*' }, { o: '^1' }))).toEqual([])
  })
  it('an optional one that was skipped may be there in another version, for somebody else (D22)', () => {
    const skipped = new Map([[parsePackageName('b'), 'in conflict']])
    expect(checkLock({ ...lock, skipped }, wants({ a: '*' }, { b: '^2' }))).toEqual([])
    expect(checkLock(lock, wants({ a: '*' }, { b: '^2' }))).toEqual([
      'the optional b ^2 is wanted, and the lock has 1.0.0',
    ])
  })
  it('each package’s own ranges', () => {
    const a = (dependencies: Ranges) => ({ name: parsePackageName('a'), dependencies: ranges(dependencies) })
    expect(checkEdges(lock, a({ b: '^1' }), new Map())).toEqual([])
    expect(checkEdges(lock, a({ b: '^2', c: '*' }), new Map())).toEqual([
      'a needs b ^2, and the lock has 1.0.0',
      'a needs c *, and the lock has none',
    ])
    expect(checkEdges(lock, a({ b: '^2' }), ranges({ b: '1.0.0' }))).toEqual([])
  })

  describe('with two versions of d side by side (D17)', () => {
    const both = lockOf({
      b: ['1.5.0', { d: '3.0.0' }],
      c: ['2.1.0', { d: '2.0.0' }],
      d: ['3.0.0', { e: '1.0.0' }],
      'd@2.0.0': ['2.0.0'],
      e: ['1.0.0'],
    })
    const keys = ({ resolved }: Lock): string[] => [...resolved.keys()]

    it('each dependency means its own', () => {
      expect(checkLock(both, wants({ b: '*', c: '*' }))).toEqual([])
      expect(checkLock(both, wants({ b: '*', c: '*', d: '^3' }))).toEqual([])
    })
    it('the project means the one with the plain name', () => {
      expect(checkLock(both, wants({ b: '*', c: '*', d: '^2' }))).toEqual(['d ^2 is wanted, and the lock has 3.0.0'])
    })
    it('one that nothing needs is named', () => {
      expect(checkLock(both, wants({ b: '*' }))).toEqual(['nothing needs c any more', 'nothing needs d@2.0.0 any more'])
      expect(checkLock(both, wants({ c: '*' }))).toEqual([
        'nothing needs b any more',
        'nothing needs d any more',
        'nothing needs e any more',
      ])
    })
    it('one that is missing is named, with what is there instead', () => {
      const torn = { ...both, resolved: new Map([...both.resolved].filter(([name]) => name !== 'd@2.0.0')) }
      expect(checkLock(torn, wants({ b: '*', c: '*' }))).toEqual([
        'c was resolved with d@2.0.0, and the lock has 3.0.0',
      ])
    })
    it('resolutions ask for all of them', () => {
      expect(checkLock(both, wants({ b: '*', c: '*' }, {}, { d: '3.0.0' }))).toEqual([
        'resolutions ask for d 3.0.0, and the lock has 2.0.0',
      ])
      expect(checkLock(both, wants({ b: '*', c: '*', d: '*' }, {}, { d: '3.0.0' }))).toEqual([
        'resolutions ask for d 3.0.0, and the lock has 2.0.0',
      ])
    })
    it('the own ranges of each are held against the one that it got', () => {
      const edge = (name: string, range: string) => ({
        name: parseInstanceName(name),
        dependencies: ranges({ d: range }),
      })
      expect(checkEdges(both, edge('c', '<3.0.0'), new Map())).toEqual([])
      expect(checkEdges(both, edge('b', '>=3.0.0'), new Map())).toEqual([])
      expect(checkEdges(both, edge('c', '>=3.0.0'), new Map())).toEqual(['c needs d >=3.0.0, and the lock has 2.0.0'])
    })
    it('pruning takes out the one that nothing needs, and renames nothing', () => {
      expect(keys(pruneLock(both, wants({ b: '*' })))).toEqual(['b', 'd', 'e'])
      expect(keys(pruneLock(both, wants({ c: '*' })))).toEqual(['c', 'd@2.0.0'])
      expect(checkLock(pruneLock(both, wants({ c: '*' })), wants({ c: '*' }))).toEqual([])
    })
    it('a package is there with all of them, the plain name first', () => {
      const more = lockOf({ 'd@10.0.0': ['10.0.0'], 'd@2.0.0': ['2.0.0'], 'd-e': ['1.0.0'], d: ['3.0.0'] })
      expect(requireLocked(more, parsePackageName('d')).map(([name]) => name)).toEqual(['d', 'd@2.0.0', 'd@10.0.0'])
      const without = lockOf({ 'd@2.0.0': ['2.0.0'] })
      expect(requireLocked(without, parsePackageName('d')).map(([name]) => name)).toEqual(['d@2.0.0'])
      expect(failureOf(() => requireLocked(without, parsePackageName('e'))).facts).toMatchObject({ suggestions: ['d'] })
    })
  })
  it('names meant by a mistyped one', () => {
    const failure = failureOf(() => requireLocked(lockOf({ 'git-utils': ['1.0.0'] }), parsePackageName('git-utlis')))
    expect(failure.facts).toMatchObject({ suggestions: ['git-utils'] })
  })
})
