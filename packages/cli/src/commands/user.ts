import { ROLES } from '@aam/core'
import {
  type DisabledChange,
  type ListedUsers,
  type PasswordChange,
  type RoleChange,
  listUsers,
  parseRoles,
  setDisabled,
  setPassword,
  setRoles,
} from '../actions/users.ts'
import { type Command, argument, defineCommand, option } from '../command.ts'
import { passwordLines, userLines } from '../text/accounts.ts'
import { SERVER } from './registry-option.ts'

const USER = ['<user>', 'the name of the account'] as const

export const list = defineCommand<ListedUsers>({
  summary: 'List the accounts of a registry server',
  description: 'For admins.',
  options: [SERVER],
  run: async (context, input) => listUsers(context, { registry: option(input, 'registry') }),
  view: userLines,
})

export const role = defineCommand<RoleChange>({
  summary: 'Say what somebody is to the whole server',
  description:
    'For admins. An approver approves versions and moves protected tags; an admin may do that too, makes accounts and reads the whole log. The roles given take the place of those before.',
  args: [USER, ['<roles...>', `${ROLES.join(', ')}; none for none`]],
  options: [SERVER],
  examples: ['aam user role carol approver', 'aam user role carol none'],
  run: async (context, input) =>
    setRoles(context, {
      user: argument(input, 0),
      roles: parseRoles(input.args.slice(1)),
      registry: option(input, 'registry'),
    }),
  view: ({ user, roles }, view) => [
    `${view.good('✓')} ${user} is ${roles.length === 0 ? 'neither admin nor approver' : roles.join(' and ')}`,
  ],
})

const disabling = (disabled: boolean): Command =>
  defineCommand<DisabledChange>({
    summary: disabled ? 'Lock somebody out' : 'Let somebody in again',
    description: disabled
      ? 'For admins. Signs the user out everywhere and refuses their tokens; packages and what they did stay.'
      : 'For admins. Tokens work again, signing in is possible again.',
    args: [USER],
    options: [SERVER],
    run: async (context, input) =>
      setDisabled(context, { user: argument(input, 0), disabled, registry: option(input, 'registry') }),
    view: ({ user }, view) => [`${view.good('✓')} ${user} ${disabled ? 'is locked out' : 'may sign in again'}`],
  })

export const disable: Command = disabling(true)
export const enable: Command = disabling(false)

export const password = defineCommand<PasswordChange>({
  summary: 'Set a password',
  description:
    'Your own, for which the present one is asked; or by an admin somebody else’s, which is asked for, or made up and printed once. It ends every session of the user but this one. Scripts set AAM_NEW_PASSWORD, and AAM_PASSWORD for their present one.',
  args: [['[user]', 'the name of the account; your own when it is not given']],
  options: [SERVER],
  examples: ['aam user password', 'aam user password ben'],
  run: async (context, input) => setPassword(context, { user: input.args[0], registry: option(input, 'registry') }),
  view: passwordLines,
  quietView: ({ password: madeUp }) => (madeUp === null ? [] : [madeUp]),
})
