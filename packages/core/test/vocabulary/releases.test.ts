import {
  LATEST,
  type PackageDocument,
  type Tag,
  type TagRules,
  decidePublish,
  decideTag,
  decideUntag,
  decodeDocument,
  decodeRelease,
  encodeDocument,
  integrityFromHex,
  isBackwards,
  parsePackageName,
  parseTag,
  parseVersion,
  resolveTag,
} from '@aam/core'
import { describe, expect, it, test } from 'vitest'
import { codeOf, failureOf } from './failure-of.ts'

const OPEN: TagRules = { allowed: undefined, protected: [], by: 'allowed_tags in registry.yaml' }
const integrity = (byte: string): string => integrityFromHex(byte.repeat(32))
const release = (version: string, byte = 'aa', more: object = {}) =>
  decodeRelease(version, { integrity: integrity(byte), size: 1, ...more })

/** A package with these versions (`!` marks a yanked one) and tags. */
function packageWith(versions: readonly string[], tags: Readonly<Record<string, string>>): PackageDocument {
  const record = Object.fromEntries(
    versions.map(text => [text.replace('!', ''), { integrity: integrity('aa'), size: 1, yanked: text.endsWith('!') }]),
  )
  const document = decodeDocument({ name: 'a', tags, versions: record })
  if ('why' in document) throw new Error(document.why)
  return document
}

type Options = { tag?: string; keepLatest?: boolean; force?: boolean; byte?: string; rules?: TagRules }
const publish = (document: PackageDocument | undefined, version: string, options: Options = {}) =>
  decidePublish(document, options.rules ?? OPEN, {
    name: parsePackageName('a'),
    release: release(version, options.byte),
    tag: options.tag === undefined ? undefined : parseTag(options.tag),
    keepLatest: options.keepLatest ?? false,
    force: options.force ?? false,
  })
const tagsOf = (document: PackageDocument): Record<string, string> => Object.fromEntries(document.tags)
const v = parseVersion
const one = packageWith(['1.0.0'], { latest: '1.0.0' })

describe('D11, latest moves on every publish', () => {
  test.each<readonly [string, PackageDocument | undefined, string, Options, Record<string, string>]>([
    ['the first version', undefined, '1.0.0', {}, { latest: '1.0.0' }],
    ['the first version with --keep-latest', undefined, '1.0.0', { keepLatest: true }, { latest: '1.0.0' }],
    ['the first version is a pre-release', undefined, '1.0.0-a', {}, { latest: '1.0.0-a' }],
    ['a higher version', one, '1.1.0', {}, { latest: '1.1.0' }],
    ['--tag beta', one, '1.1.0', { tag: 'beta' }, { latest: '1.1.0', beta: '1.1.0' }],
    [
      'a pre-release with --tag beta',
      one,
      '2.0.0-beta.1',
      { tag: 'beta' },
      { latest: '2.0.0-beta.1', beta: '2.0.0-beta.1' },
    ],
    ['backwards', one, '0.9.0', {}, { latest: '0.9.0' }],
    ['--keep-latest', one, '0.9.0', { keepLatest: true }, { latest: '1.0.0' }],
    ['--keep-latest --tag lts', one, '0.9.0', { keepLatest: true, tag: 'lts' }, { latest: '1.0.0', lts: '0.9.0' }],
    ['--tag latest', one, '1.1.0', { tag: 'latest' }, { latest: '1.1.0' }],
  ])('%s', (...[, document, version, options, tags]) => {
    const decision = publish(document, version, options)
    expect(decision.kind).toBe('publish')
    expect(tagsOf(decision.document)).toEqual(tags)
    expect(decision.document.releases.has(v(version))).toBe(true)
    expect(decision.tags[0]?.tag === LATEST || options.keepLatest === true).toBe(true)
  })
  it('a move backwards can be told', () => {
    expect(publish(one, '0.9.0').tags.map(isBackwards)).toEqual([true])
    expect(publish(one, '1.1.0').tags.map(isBackwards)).toEqual([false])
    expect(publish(undefined, '1.1.0').tags.map(isBackwards)).toEqual([false])
    expect(publish(packageWith(['1.0.0'], { latest: '1.0.0' }), '1.0.0-rc.1').tags.map(isBackwards)).toEqual([true])
  })
  it('other tags stay, and the document that was given is not changed', () => {
    const before = packageWith(['1.0.0'], { latest: '1.0.0', stable: '1.0.0' })
    expect(tagsOf(publish(before, '2.0.0').document)).toEqual({ latest: '2.0.0', stable: '1.0.0' })
    expect(tagsOf(before)).toEqual({ latest: '1.0.0', stable: '1.0.0' })
    expect(before.releases.size).toBe(1)
  })
  it('latest moves even where it is protected or not among the allowed tags', () => {
    const rules = { ...OPEN, allowed: [parseTag('stable')], protected: [LATEST] }
    expect(tagsOf(publish(one, '1.1.0', { rules }).document)).toEqual({ latest: '1.1.0' })
  })
})

describe('D29, what is published does not change', () => {
  it('the same archive again succeeds, changes nothing and does not pull latest back', () => {
    const two = packageWith(['1.0.0', '2.0.0'], { latest: '2.0.0' })
    const decision = publish(two, '1.0.0')
    expect(decision.kind).toBe('unchanged')
    expect(decision.tags).toEqual([])
    expect(encodeDocument(decision.document)).toEqual(encodeDocument(two))
  })
  it('and its tag is applied', () => {
    const decision = publish(one, '1.0.0', { tag: 'stable' })
    expect(decision).toMatchObject({ kind: 'unchanged', tags: [{ tag: 'stable', from: undefined, to: '1.0.0' }] })
    expect(tagsOf(decision.document)).toEqual({ latest: '1.0.0', stable: '1.0.0' })
  })
  it('the same archive again does not move a protected latest back without force, even with --tag latest', () => {
    const two = packageWith(['1.0.0', '2.0.0'], { latest: '2.0.0' })
    const rules = { ...OPEN, protected: [LATEST] }
    expect(codeOf(() => publish(two, '1.0.0', { tag: 'latest', rules }))).toBe('TAG_PROTECTED')
  })
  it('other bytes are refused, force or not', () => {
    for (const force of [false, true]) {
      const failure = failureOf(() => publish(one, '1.0.0', { byte: 'bb', force }))
      expect(failure.code).toBe('VERSION_CONFLICT')
      expect(failure.http).toBe(409)
      expect(failure.message).toContain(integrity('bb'))
    }
  })
  it.each(['1.0.0+linux', '1.0.0+a.b'])('%s is a twin of 1.0.0 and is refused, the same bytes or not', version => {
    expect(codeOf(() => publish(one, version))).toBe('VERSION_CONFLICT')
    expect(codeOf(() => publish(one, version, { byte: 'bb' }))).toBe('VERSION_CONFLICT')
    expect(codeOf(() => publish(packageWith([version], {}), '1.0.0', { force: true }))).toBe('VERSION_CONFLICT')
  })
  it('a yanked version is not published again with other bytes, and not tagged', () => {
    const yanked = packageWith(['1.0.0!', '2.0.0'], { latest: '2.0.0' })
    expect(codeOf(() => publish(yanked, '1.0.0', { byte: 'bb' }))).toBe('VERSION_CONFLICT')
    expect(codeOf(() => publish(yanked, '1.0.0', { tag: 'stable' }))).toBe('PACKAGE_YANKED')
    expect(publish(yanked, '1.0.0').document.releases.get(v('1.0.0'))?.yanked).toBe(true)
  })
  it('documents list versions lowest first and latest before the other tags', () => {
    const document = publish(packageWith(['2.0.0', '10.0.0'], { beta: '2.0.0' }), '9.0.0').document
    const record = encodeDocument(document)
    expect(Object.keys(record.versions)).toEqual(['2.0.0', '9.0.0', '10.0.0'])
    expect(Object.keys(record.tags)).toEqual(['latest', 'beta'])
    expect(decodeDocument(JSON.parse(JSON.stringify(record)))).toMatchObject({ name: 'a' })
  })
})

describe('D12, moving a tag', () => {
  const two = packageWith(['1.0.0', '2.0.0', '3.0.0!'], { latest: '2.0.0', stable: '1.0.0' })
  const move = (tag: string, version: string, { rules = OPEN, force = false }: Options = {}) =>
    decideTag(two, rules, { tag: parseTag(tag), version: v(version), force })
  const stable = { ...OPEN, protected: ['stable' as Tag] }

  it('needs no force, forwards or back, and shows both ends', () => {
    expect(move('stable', '2.0.0').move).toEqual({ tag: 'stable', from: '1.0.0', to: '2.0.0' })
    expect(move('latest', '1.0.0').move).toEqual({ tag: 'latest', from: '2.0.0', to: '1.0.0' })
    expect(move('beta', '1.0.0').move).toEqual({ tag: 'beta', from: undefined, to: '1.0.0' })
    expect(tagsOf(move('stable', '2.0.0').document)).toEqual({ latest: '2.0.0', stable: '2.0.0' })
    expect(tagsOf(two)).toEqual({ latest: '2.0.0', stable: '1.0.0' })
  })
  it('to where it is already is no failure, protected or not', () => {
    expect(move('stable', '1.0.0', { rules: stable }).move).toMatchObject({ from: '1.0.0', to: '1.0.0' })
  })
  it("a protected one says Tag 'stable' already exists, unless forced", () => {
    const failure = failureOf(() => move('stable', '2.0.0', { rules: stable }))
    expect([failure.code, failure.message]).toEqual(['TAG_PROTECTED', "Tag 'stable' already exists"])
    expect(failure.hint).toMatch(/1\.0\.0.*--force.*2\.0\.0/)
    expect(move('stable', '2.0.0', { rules: stable, force: true }).move.to).toBe('2.0.0')
    expect(codeOf(() => publish(two, '4.0.0', { tag: 'stable', rules: stable }))).toBe('TAG_PROTECTED')
    expect(tagsOf(publish(two, '4.0.0', { tag: 'stable', rules: stable, force: true }).document)['stable']).toBe(
      '4.0.0',
    )
  })
  it('a protected tag that does not exist yet may be set', () => {
    expect(move('beta', '2.0.0', { rules: { ...OPEN, protected: ['beta' as Tag] } }).move.from).toBeUndefined()
  })
  it('only allowed tags, latest always, and force does not help', () => {
    const rules = { ...OPEN, allowed: ['stable', 'bank-approved'] as Tag[] }
    expect(move('stable', '2.0.0', { rules }).move.to).toBe('2.0.0')
    expect(move('latest', '1.0.0', { rules }).move.to).toBe('1.0.0')
    const failure = failureOf(() => move('beta', '2.0.0', { rules, force: true }))
    expect(failure.message).toBe("Tag 'beta' is not allowed. Allowed: stable, bank-approved")
    expect(failure.hint).toContain('registry.yaml')
    expect(codeOf(() => publish(two, '4.0.0', { tag: 'beta', rules }))).toBe('TAG_NOT_ALLOWED')
  })
  it('to a version that does not exist names the nearest (D39)', () => {
    const failure = failureOf(() => move('stable', '1.9.0'))
    expect([failure.code, failure.message]).toEqual(['VERSION_NOT_FOUND', 'a@1.9.0 does not exist'])
    expect(failure.hint).toMatch(/1\.0\.0, 2\.0\.0/)
  })
  it('does not offer yanked versions as the nearest', () => {
    expect(failureOf(() => move('stable', '2.9.0')).hint).not.toContain('3.0.0')
  })
  it('to a yanked version is refused, forced or not (D45)', () => {
    expect(codeOf(() => move('stable', '3.0.0', { force: true }))).toBe('PACKAGE_YANKED')
  })
})

describe('D10, removing a tag', () => {
  const document = packageWith(['1.0.0'], { latest: '1.0.0', stable: '1.0.0' })
  const remove = (tag: string, { rules = OPEN, force = false }: Options = {}) =>
    decideUntag(document, rules, { tag: parseTag(tag), force })
  const rules = { ...OPEN, protected: ['stable' as Tag] }
  it('latest cannot be, forced or not', () => {
    expect(codeOf(() => remove('latest', { force: true }))).toBe('TAG_PERMANENT')
  })
  it('others can, and where it pointed is said', () => {
    const { document: after, from } = remove('stable')
    expect([tagsOf(after), from]).toEqual([{ latest: '1.0.0' }, '1.0.0'])
  })
  it('one that is not there lists those that are', () => {
    const failure = failureOf(() => remove('beta'))
    expect([failure.code, failure.hint]).toEqual(['TAG_NOT_FOUND', 'tags there are: latest, stable'])
  })
  it('a protected one needs force, and the hint speaks of removing, not of moving', () => {
    expect(tagsOf(remove('stable', { rules, force: true }).document)).toEqual({ latest: '1.0.0' })
    const failure = failureOf(() => remove('stable', { rules }))
    expect(failure.code).toBe('TAG_PROTECTED')
    expect(failure.hint).not.toContain('move it to')
  })
})

describe('D13, what a tag names', () => {
  const document = packageWith(['1.0.0', '2.0.0!'], { latest: '1.0.0', bad: '2.0.0' })
  it('is its version', () => {
    expect(resolveTag(document, LATEST)).toBe('1.0.0')
  })
  it('is never a silent fall-back: the tags there are, are listed', () => {
    const failure = failureOf(() => resolveTag(document, parseTag('stable')))
    expect([failure.code, failure.message]).toEqual(['TAG_NOT_FOUND', "Tag 'stable' not found for a"])
    expect(failure.hint).toBe('tags there are: latest, bad')
    expect(codeOf(() => resolveTag(document, parseTag('constructor')))).toBe('TAG_NOT_FOUND')
  })
  it('of a yanked version is refused, with the tag to move (D45)', () => {
    const failure = failureOf(() => resolveTag(document, parseTag('bad')))
    expect(failure.code).toBe('PACKAGE_YANKED')
    expect(failure.message).toContain("tag 'bad'")
  })
})
