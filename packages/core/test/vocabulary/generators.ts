/** Random words of the vocabulary, as text. */
import { type PackageName, explainName } from '@aam/core'
import fc from 'fast-check'
import semver from 'semver'

const number = fc.integer({ min: 0, max: 3 }).map(String)
const identifier = fc.constantFrom('alpha', 'beta', 'rc', '0', '1', '2', '11', 'a-b', '-')
const dotted = (part: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(part, { minLength: 1, maxLength: 3 }).map(parts => parts.join('.'))
const prerelease = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  dotted(identifier).map(text => `-${text}`),
)
const build = fc.oneof(
  { weight: 4, arbitrary: fc.constant('') },
  dotted(fc.constantFrom('001', 'linux', 'a-b')).map(text => `+${text}`),
)

const core = fc.tuple(number, number, number).map(numbers => numbers.join('.'))

/** `1.0.2-beta.1+linux`, from a small space, so that versions meet often. */
export const versionText: fc.Arbitrary<string> = fc.tuple(core, prerelease, build).map(parts => parts.join(''))

const part = fc.oneof({ weight: 5, arbitrary: number }, fc.constantFrom('x', 'X', '*'))
const partial = fc.oneof(
  fc.tuple(core, prerelease).map(parts => parts.join('')),
  fc.array(part, { minLength: 1, maxLength: 3 }).map(parts => parts.join('.')),
)
const operator = fc.constantFrom('', '^', '~', '>', '>=', '<', '<=', '=', '~>', '>= ', '^ ')
const comparators = fc
  .array(
    fc.tuple(operator, partial).map(parts => parts.join('')),
    { minLength: 0, maxLength: 3 },
  )
  .map(parts => parts.join(' '))

/** One comparator with a number in it: `^1.0.0`, `>=1.x`, `=2.0.0-rc.1`. */
export const comparatorText: fc.Arbitrary<string> = fc
  .tuple(operator, partial)
  .map(parts => parts.join(''))
  .filter(text => /\d/.test(text) && semver.validRange(text) !== null)

const hyphen = fc.tuple(partial, partial).map(parts => parts.join(' - '))

/** Anything npm reads as a range. */
export const rangeText: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 4, arbitrary: comparators }, hyphen), { minLength: 1, maxLength: 3 })
  .map(parts => parts.join(' || '))
  .filter(text => semver.validRange(text) !== null)

const word = fc.stringMatching(/^[a-z0-9](-?[a-z0-9]){0,6}-?$/)
const scope = fc.stringMatching(/^[a-z0-9]([_-]?[a-z0-9]){0,6}[-_]?$/)

/** Package names, scoped and not, from a small space. */
export const packageName: fc.Arbitrary<PackageName> = fc
  .oneof(
    word,
    fc.tuple(scope, word).map(([first, second]) => `@${first}/${second}`),
    fc.constantFrom('constructor', 'valueof', '1', '10', '@a/b', 'a'),
  )
  .filter((text): text is PackageName => explainName(text) === undefined)
