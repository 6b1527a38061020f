import { expect, test } from 'vitest'
import {
  type Approval,
  type ReviewedRelease,
  decideApproval,
  parsePackageName,
  parseVersion,
  reviewStatus,
} from '@aam/core'
import { codeOf } from './failure-of.ts'

/** `+ann -bob`: ann approved, bob rejected. */
const words = (text: string): Approval[] =>
  text
    .split(' ')
    .filter(each => each !== '')
    .map(each => ({ user: each.slice(1), status: each.startsWith('+') ? 'approved' : 'rejected' }))

test.each([
  ['', 1, 'pending'],
  ['+ann', 1, 'approved'],
  ['+ann', 2, 'pending'],
  ['+ann +bob', 2, 'approved'],
  ['-ann', 1, 'rejected'],
  ['+ann +bob -eve', 2, 'rejected'],
] as const)("'%s' of %s: %s", (said, required, expected) => {
  expect(reviewStatus(words(said), { required })).toBe(expected)
})

const release = (state: ReviewedRelease['state'], said: string): ReviewedRelease => ({
  name: parsePackageName('a'),
  version: parseVersion('1.0.0'),
  publisher: 'eve',
  state,
  approvals: words(said),
})

test.each([
  // state, said before, said now, how many are needed; what it is, what all say then, what becomes of the version
  ['waiting', '', '+ann', 1, 'approve', 'approved', 'show'],
  ['waiting', '', '+ann', 2, 'approve', 'pending', 'keep'],
  ['waiting', '+ann', '+bob', 2, 'approve', 'approved', 'show'],
  ['waiting', '+ann', '+ann', 2, 'unchanged', 'pending', 'keep'],
  // Two were needed when ann said it.
  ['waiting', '+ann', '+ann', 1, 'approve', 'approved', 'show'],
  ['waiting', '+ann', '-bob', 2, 'reject', 'rejected', 'refuse'],
  ['waiting', '', '-eve', 1, 'reject', 'rejected', 'refuse'],
  ['visible', '', '+ann', 1, 'approve', 'approved', 'keep'],
  ['visible', '+ann', '-ann', 1, 'reject', 'rejected', 'keep'],
  ['visible', '-ann', '+ann', 1, 'approve', 'approved', 'keep'],
  ['visible', '-ann', '+bob', 1, 'approve', 'rejected', 'keep'],
  ['visible', '-ann', '-ann', 1, 'unchanged', 'rejected', 'keep'],
] as const)("%s, '%s', then %s of %s: %s, %s, %s", (...[state, said, now, required, kind, after, visibility]) => {
  const [word = { user: '', status: 'approved' as const }] = words(now)
  expect(decideApproval(release(state, said), word, { required, allowSelf: false })).toMatchObject({
    kind,
    after,
    visibility,
  })
})

test('nobody approves what they published themselves, unless that is allowed', () => {
  const [word = { user: '', status: 'approved' as const }] = words('+eve')
  const decide = (allowSelf: boolean) => () => decideApproval(release('waiting', ''), word, { required: 1, allowSelf })
  expect(codeOf(decide(false))).toBe('APPROVAL_OWN')
  expect(decide(true)().visibility).toBe('show')
})

test('about a version that was rejected while it waited there is nothing left to say', () => {
  const [word = { user: '', status: 'approved' as const }] = words('+ann')
  expect(codeOf(() => decideApproval(release('refused', '-bob'), word, { required: 1, allowSelf: false }))).toBe(
    'VERSION_REFUSED',
  )
})
