/** What artifacts are called where they are deployed (D47), also of two versions of one package (D17). */
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Named, type NameOf, assignNames, isSkillName, longNames } from '../src/index.ts'

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const named = (folder: string, ...skills: readonly string[]): Named => ({
  package: folder,
  folder,
  root: false,
  names: { skills, commands: [], agents: [], rules: [], servers: [] },
})
const none = new Set<string>()
const nothing = { skills: none, commands: none, agents: none, rules: none, servers: none }
const assign = (...packages: readonly Named[]): NameOf => assignNames(packages, nothing, digest)

test.each([
  ['git-utils', 'git-utils-lint'],
  ['team--review', 'team-review-lint'],
  ['git-utils@1.0.5', 'git-utils-1-0-5-lint'],
  ['team--review@1.0.0-rc.1+linux', 'team-review-1-0-0-rc-1-linux-lint'],
  ['git-utils@1.0.0-_r_c.1', 'git-utils-1-0-0-r-c-1-lint'],
])('lint of %s is %s beside another lint', (folder, name) => {
  expect(assign(named(folder, 'lint'), named('other', 'lint'))(folder, 'skills', 'lint')).toBe(name)
  expect(longNames([named(folder, 'lint')], digest)(folder, 'skills', 'lint')).toBe(name)
  expect(isSkillName(name)).toBe(true)
})

test('one that is too long is cut, and ends in a mark of the folder it is in', () => {
  const [one, other] = [`${'a'.repeat(60)}@1.0.5`, `${'a'.repeat(60)}@1.0.6`]
  const nameOf = assign(named(one, 'lint'), named(other, 'lint'))
  const names = [nameOf(one, 'skills', 'lint'), nameOf(other, 'skills', 'lint')]
  expect(names.every(name => name.length <= 64 && isSkillName(name))).toBe(true)
  expect(new Set(names).size).toBe(2)
})

test('versions that read the same without their signs get different names', () => {
  const [one, other] = ['a@1.0.0-1', 'a@1.0.0+1']
  const nameOf = assign(named(one, 'lint'), named(other, 'lint'))
  expect([nameOf(one, 'skills', 'lint'), nameOf(other, 'skills', 'lint')].sort()).toEqual([
    'a-1-0-0-1-lint',
    expect.stringMatching(/^a-1-0-0-1-lint-[0-9a-f]{8}$/),
  ])
})
