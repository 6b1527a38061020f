/** Users, tokens, scopes. */
import type { TokenPage, UserPage } from '@aam/core/wire'
import { TOKEN_SCOPES, parseScope } from '@aam/core'
import { describeMe, listUsers, login, register, setDisabled, setPassword, setRoles } from '../../actions/accounts.ts'
import { scopeOwners, setScopeOwners } from '../../actions/owners.ts'
import { createToken, listTokens, revokeToken } from '../../actions/tokens.ts'
import {
  meAnswer,
  passwordAnswer,
  registerAnswer,
  revokeAnswer,
  scopeOwnersAnswer,
  tokenAnswer,
  tokenPage,
  userFacts,
  userPage,
} from '../answers.ts'
import { type Route, defineRoute, param } from '../route.ts'
import { loginBody, passwordBody, registerBody, rolesBody, scopeOwnersBody, tokenBody, userBody } from '../schemas.ts'

const SMALL = 4 * 1024

const registerRoute = defineRoute({
  method: 'POST',
  path: '/users/register',
  summary: 'Make an account',
  who: 'an admin, for somebody else; anybody where ALLOW_REGISTRATION is true',
  body: registerBody,
  bodyLimit: SMALL,
  json: registerAnswer,
  answers: [
    [201, 'The account; with a token when it is one’s own'],
    [403, 'REGISTRATION_CLOSED'],
    [409, 'USER_EXISTS'],
    [422, 'USER_INVALID, PASSWORD_INVALID'],
  ],
  handle: async ({ deps, caller, body: { name, password, email } }) => ({
    status: 201,
    json: await register(deps, caller, { name, password, email }),
  }),
})

const loginRoute = defineRoute({
  method: 'POST',
  path: '/users/login',
  summary: 'Sign in',
  who: 'everybody',
  body: loginBody,
  bodyLimit: SMALL,
  json: tokenAnswer,
  answers: [
    [201, 'A token; it is shown this once'],
    [401, 'UNAUTHORIZED'],
    [429, 'RATE_LIMITED'],
  ],
  handle: async ({ deps, caller, body: { name, password, tokenName } }) => ({
    status: 201,
    json: await login(deps, caller, { name, password, tokenName }),
  }),
})

const meRoute = defineRoute({
  method: 'GET',
  path: '/users/me',
  summary: 'Who one is, and what the token is good for',
  who: 'everybody who is signed in',
  json: meAnswer,
  answers: [[200, 'The account and the token']],
  handle: async ({ deps, caller }) => ({ json: await describeMe(deps, caller) }),
})

const usersRoute = defineRoute({
  method: 'GET',
  path: '/users',
  summary: 'All accounts',
  who: 'an admin',
  json: userPage,
  answers: [[200, 'By name']],
  handle: async ({ deps, caller }) => {
    const json: UserPage = { users: await listUsers(deps, caller) }
    return { json }
  },
})

const rolesRoute = defineRoute({
  method: 'PUT',
  path: '/users/:user/roles',
  summary: 'Say what somebody is to the server',
  who: 'an admin',
  body: rolesBody,
  bodyLimit: SMALL,
  json: userFacts,
  answers: [
    [200, 'The account'],
    [409, 'LAST_ADMIN'],
  ],
  handle: async call => ({
    json: await setRoles(call.deps, call.caller, { name: param(call, 'user'), roles: call.body.roles }),
  }),
})

const userRoute = defineRoute({
  method: 'PATCH',
  path: '/users/:user',
  summary: 'Disable an account, or take that back',
  who: 'an admin',
  body: userBody,
  bodyLimit: SMALL,
  json: userFacts,
  answers: [
    [200, 'The account'],
    [409, 'LAST_ADMIN'],
  ],
  handle: async call => ({
    json: await setDisabled(call.deps, call.caller, { name: param(call, 'user'), disabled: call.body.disabled }),
  }),
})

const passwordRoute = defineRoute({
  method: 'PUT',
  path: '/users/:user/password',
  summary: 'Set a password; ends every session but this one',
  who: 'the user, with the present one; an admin',
  body: passwordBody,
  bodyLimit: SMALL,
  json: passwordAnswer,
  answers: [
    [200, 'Done'],
    [401, 'UNAUTHORIZED'],
  ],
  handle: async call => {
    const { current, password } = call.body
    const user = param(call, 'user')
    const { actor } = call.caller
    const name = user === 'me' && actor.kind === 'user' ? actor.name : user
    await setPassword(call.deps, call.caller, { name, current, password })
    return { json: { user: name } }
  },
})

const tokensRoute = defineRoute({
  method: 'GET',
  path: '/tokens',
  summary: "One's own tokens, without the tokens themselves",
  who: 'everybody who is signed in',
  json: tokenPage,
  answers: [[200, 'Oldest first']],
  handle: async ({ deps, caller }) => {
    const json: TokenPage = { tokens: await listTokens(deps, caller) }
    return { json }
  },
})

const createTokenRoute = defineRoute({
  method: 'POST',
  path: '/tokens',
  summary: 'Make a token that is good for no more than the present one',
  who: 'everybody who is signed in',
  body: tokenBody,
  bodyLimit: SMALL,
  json: tokenAnswer,
  answers: [
    [201, 'The token; it is shown this once'],
    [422, 'TOKEN_INVALID'],
  ],
  handle: async ({ deps, caller, body }) => {
    const { name, scopes, packages, expiresInDays: days } = body
    const { actor } = caller
    const all = actor.kind === 'user' ? actor.token.scopes : TOKEN_SCOPES
    return { status: 201, json: await createToken(deps, caller, { name, scopes: scopes ?? all, packages, days }) }
  },
})

const revokeTokenRoute = defineRoute({
  method: 'DELETE',
  path: '/tokens/:id',
  summary: 'Take a token back; current is the one of the request',
  who: 'whose it is',
  json: revokeAnswer,
  answers: [
    [200, 'Nobody can use it any more'],
    [404, 'TOKEN_NOT_FOUND'],
  ],
  handle: async call => {
    await revokeToken(call.deps, call.caller, param(call, 'id'))
    return { json: { revoked: param(call, 'id') } }
  },
})

const scopeRoute = defineRoute({
  method: 'GET',
  path: '/scopes/:scope/owners',
  summary: 'Who may publish new packages in a scope',
  who: 'everybody who is signed in',
  json: scopeOwnersAnswer,
  answers: [[200, 'Owners; none when nobody has published in it']],
  handle: async call => ({ json: await scopeOwners(call.deps, call.caller, parseScope(param(call, 'scope'))) }),
})

const setScopeRoute = defineRoute({
  method: 'PUT',
  path: '/scopes/:scope/owners',
  summary: 'Give a scope to somebody',
  who: 'an admin; its owners',
  body: scopeOwnersBody,
  bodyLimit: SMALL,
  json: scopeOwnersAnswer,
  answers: [
    [200, 'Owners now'],
    [404, 'USER_NOT_FOUND'],
  ],
  handle: async call => ({
    json: await setScopeOwners(call.deps, call.caller, {
      scope: parseScope(param(call, 'scope')),
      owners: call.body.owners,
    }),
  }),
})

export const ACCOUNT_ROUTES: readonly Route[] = [
  registerRoute,
  loginRoute,
  meRoute,
  usersRoute,
  rolesRoute,
  userRoute,
  passwordRoute,
  tokensRoute,
  createTokenRoute,
  revokeTokenRoute,
  scopeRoute,
  setScopeRoute,
]
