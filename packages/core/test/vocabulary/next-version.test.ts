import { VERSION_STEPS, nextVersion, parseVersion } from '@aam/core'
import fc from 'fast-check'
import semver from 'semver'
import { expect, test } from 'vitest'
import { codeOf } from './failure-of.ts'

test('every step counts as npm counts', () => {
  const part = fc.oneof(fc.nat(20).map(String), fc.constantFrom('beta', 'rc', 'a-b', '0a'))
  const text = fc
    .tuple(fc.nat(9), fc.nat(9), fc.nat(9), fc.array(part, { maxLength: 3 }), fc.option(fc.constant('+b.1')))
    .map(([a, b, c, pre, build]) => `${[a, b, c].join('.')}${pre.length > 0 ? `-${pre.join('.')}` : ''}${build ?? ''}`)
  const preid = fc.option(fc.constantFrom('beta', 'rc', 'x.y'), { nil: undefined })
  fc.assert(
    fc.property(text, fc.constantFrom(...VERSION_STEPS), preid, (version, step, name) => {
      expect(nextVersion(parseVersion(version), step, name)).toBe(semver.inc(version, step, name ?? ''))
    }),
  )
})

test('the numbers end where JavaScript stops counting', () => {
  const last = parseVersion(`1.0.${String(Number.MAX_SAFE_INTEGER)}`)
  expect(codeOf(() => nextVersion(last, 'patch', undefined))).toBe('VERSION_INVALID')
})
