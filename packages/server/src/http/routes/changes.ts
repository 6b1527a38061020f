/** Packages: tagged, deprecated, yanked, approved, owned. */
import { type Version, explainTag, fail, parseRange, parseTag, parseVersion } from '@aam/core'
import type { ApprovalPage, DeprecateAnswer, RemoveTagAnswer, SetTagAnswer, YankAnswer } from '@aam/core/wire'
import { approve, listApprovals, versionApprovals } from '../../actions/approvals.ts'
import { deprecate, yank } from '../../actions/lifecycle.ts'
import { listOwners, setMember, setVisibility } from '../../actions/owners.ts'
import { removeTag, setTag } from '../../actions/tags.ts'
import {
  approvalPage,
  approveAnswer,
  deprecateAnswer,
  ownersAnswer,
  removeTagAnswer,
  setTagAnswer,
  versionApprovalsAnswer,
  yankAnswer,
} from '../answers.ts'
import { type Answer, type Call, type Route, defineRoute, param } from '../route.ts'
import {
  accessBody,
  approvalsQuery,
  approveBody,
  deprecateBody,
  forceQuery,
  ownerBody,
  setTagBody,
} from '../schemas.ts'
import { nameParam } from './packages.ts'

const SMALL = 8 * 1024

const setTagRoute = defineRoute({
  method: 'PUT',
  path: '/packages/:name/tags/:tag',
  summary: 'Point a tag at a version',
  who: 'an owner or maintainer; approvers, too, for tags that need approval or are protected',
  body: setTagBody,
  bodyLimit: 1024,
  json: setTagAnswer,
  answers: [
    [200, 'The tag, and what it named before'],
    [403, 'FORBIDDEN, APPROVAL_REQUIRED, TAG_NOT_ALLOWED'],
    [409, 'TAG_PROTECTED, VERSION_WAITING, PACKAGE_YANKED'],
  ],
  handle: async ({ deps, caller, params, body }) => {
    const name = nameParam({ params, deps })
    const tag = parseTag(params['tag'] ?? '')
    const request = { name, tag, version: parseVersion(body.version), force: body.force === true }
    const move = await setTag(deps, caller, request)
    const json: SetTagAnswer = { package: name, tag, version: move.to, previous: move.from ?? null }
    return { json }
  },
})

const removeTagRoute = defineRoute({
  method: 'DELETE',
  path: '/packages/:name/tags/:tag',
  summary: 'Remove a tag',
  who: 'an owner or maintainer',
  query: forceQuery,
  json: removeTagAnswer,
  answers: [
    [200, 'What the tag named'],
    [404, 'TAG_NOT_FOUND'],
    [409, 'TAG_PERMANENT, TAG_PROTECTED'],
  ],
  handle: async ({ deps, caller, params, query }) => {
    const name = nameParam({ params, deps })
    const text = params['tag'] ?? ''
    // A tag that cannot be is not there either.
    if (explainTag(text) !== undefined) fail('TAG_NOT_FOUND', { name, tag: text.slice(0, 80), tags: [] })
    const tag = parseTag(text)
    const previous = await removeTag(deps, caller, { name, tag, force: query.force === true })
    const json: RemoveTagAnswer = { package: name, tag, previous }
    return { json }
  },
})

const setDeprecation = async (
  { deps, caller, params }: Call<unknown, unknown>,
  message: string | undefined,
): Promise<Answer> => {
  const name = nameParam({ params, deps })
  const result = await deprecate(deps, caller, { name, range: parseRange(params['version'] ?? ''), message })
  const { kind, versions } = result
  const json: DeprecateAnswer = { kind, package: name, versions, message: result.message ?? null }
  return { json }
}

const deprecateRoute = defineRoute({
  method: 'POST',
  path: '/packages/:name/:version/deprecate',
  summary: 'Deprecate a version, or every version of a range',
  who: 'an owner',
  body: deprecateBody,
  bodyLimit: SMALL,
  json: deprecateAnswer,
  answers: [
    [200, 'The versions it concerns'],
    [404, 'VERSION_NOT_MATCHED'],
    [422, 'DEPRECATION_INVALID, RANGE_INVALID'],
  ],
  handle: async call => setDeprecation(call, call.body.message),
})

const undeprecateRoute = defineRoute({
  method: 'DELETE',
  path: '/packages/:name/:version/deprecate',
  summary: 'Take a deprecation back',
  who: 'an owner',
  json: deprecateAnswer,
  answers: [[200, 'The versions it concerns']],
  handle: async call => setDeprecation(call, undefined),
})

const yankRoute = (method: 'POST' | 'DELETE'): Route =>
  defineRoute({
    method,
    path: '/packages/:name/:version/yank',
    summary:
      method === 'POST' ? 'Yank a version: only locks that name it install it' : 'Take a yank back; moves no tag',
    who: 'an owner',
    json: yankAnswer,
    answers: [
      [200, 'Where latest moved, and the tags that still name a yanked version'],
      [404, 'VERSION_NOT_FOUND'],
    ],
    handle: async ({ deps, caller, params }) => {
      const name = nameParam({ params, deps })
      const request = { name, version: versionOf(params), undo: method === 'DELETE' }
      const { kind, version, latest, tags, newest } = await yank(deps, caller, request)
      const moved = latest === undefined ? null : { tag: latest.tag, from: latest.from ?? null, to: latest.to }
      const json: YankAnswer = { kind, package: name, version, latest: moved, tags, newest: newest ?? null }
      return { json }
    },
  })

function versionOf(params: Call<unknown, unknown>['params']): Version {
  return parseVersion(params['version'] ?? '')
}

const approveRoute = defineRoute({
  method: 'POST',
  path: '/packages/:name/:version/approve',
  summary: 'Approve or reject a version',
  who: 'an approver',
  body: approveBody,
  bodyLimit: SMALL,
  json: approveAnswer,
  answers: [
    [200, 'What all approvers say together, and what followed'],
    [403, 'FORBIDDEN, APPROVAL_OWN'],
    [409, 'VERSION_REFUSED'],
  ],
  handle: async ({ deps, caller, params, body }) => {
    const { status, comment } = body
    const request = { name: nameParam({ params, deps }), version: versionOf(params), status, comment }
    return { json: await approve(deps, caller, request) }
  },
})

const versionApprovalsRoute = defineRoute({
  method: 'GET',
  path: '/packages/:name/:version/approvals',
  summary: 'What approvers said about a version',
  who: 'everybody who may see the version',
  json: versionApprovalsAnswer,
  answers: [[200, 'Every word, oldest first']],
  handle: async ({ deps, caller, params }) => {
    const request = { name: nameParam({ params, deps }), version: versionOf(params) }
    return { json: await versionApprovals(deps, caller, request) }
  },
})

const approvalsRoute = defineRoute({
  method: 'GET',
  path: '/approvals',
  summary: 'The queue of approvals',
  who: 'an approver',
  query: approvalsQuery,
  json: approvalPage,
  answers: [[200, 'Versions, newest first: by default those about which too little was said yet']],
  handle: async ({ deps, caller, query }) => {
    const json: ApprovalPage = { approvals: await listApprovals(deps, caller, query.status ?? 'pending') }
    return { json }
  },
})

const ownersRoute = defineRoute({
  method: 'GET',
  path: '/packages/:name/owners',
  summary: 'Owners and maintainers of a package',
  who: 'everybody who may see the package',
  json: ownersAnswer,
  answers: [[200, 'Who is what']],
  handle: async ({ deps, caller, params }) => ({ json: await listOwners(deps, caller, nameParam({ params, deps })) }),
})

const setOwnerRoute = defineRoute({
  method: 'PUT',
  path: '/packages/:name/owners/:user',
  summary: 'Make somebody owner or maintainer',
  who: 'an owner',
  body: ownerBody,
  bodyLimit: 1024,
  json: ownersAnswer,
  answers: [
    [200, 'Who is what now'],
    [404, 'USER_NOT_FOUND'],
    [409, 'LAST_OWNER'],
  ],
  handle: async call => {
    const { deps, caller, params, body } = call
    const request = { name: nameParam({ params, deps }), user: param(call, 'user'), role: body?.role ?? 'owner' }
    return { json: await setMember(deps, caller, request) }
  },
})

const removeOwnerRoute = defineRoute({
  method: 'DELETE',
  path: '/packages/:name/owners/:user',
  summary: 'Take a role from somebody, or from oneself',
  who: 'an owner',
  json: ownersAnswer,
  answers: [
    [200, 'Who is what now'],
    [404, 'NOT_A_MEMBER'],
    [409, 'LAST_OWNER'],
  ],
  handle: async call => {
    const { deps, caller, params } = call
    const request = { name: nameParam({ params, deps }), user: param(call, 'user'), role: undefined }
    return { json: await setMember(deps, caller, request) }
  },
})

const accessRoute = defineRoute({
  method: 'PATCH',
  path: '/packages/:name',
  summary: 'Who may see a package',
  who: 'an owner',
  body: accessBody,
  bodyLimit: 1024,
  json: ownersAnswer,
  answers: [[200, 'Who may see it now, and who is what']],
  handle: async ({ deps, caller, params, body }) => {
    const name = nameParam({ params, deps })
    return { json: await setVisibility(deps, caller, { name, visibility: body.visibility }) }
  },
})

export const CHANGE_ROUTES: readonly Route[] = [
  setTagRoute,
  removeTagRoute,
  deprecateRoute,
  undeprecateRoute,
  yankRoute('POST'),
  yankRoute('DELETE'),
  approveRoute,
  versionApprovalsRoute,
  approvalsRoute,
  ownersRoute,
  setOwnerRoute,
  removeOwnerRoute,
  accessRoute,
]
