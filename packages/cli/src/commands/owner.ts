import { fail, parsePackageName } from '@aam/core'
import {
  type Access,
  type MemberChange,
  type Members,
  addMember,
  listMembers,
  parseOwned,
  removeMember,
  setAccess,
} from '../actions/members.ts'
import { argument, defineCommand, option } from '../command.ts'
import { accessLines, memberChangeLines, memberLines } from '../text/accounts.ts'
import { SERVER } from './registry-option.ts'

const OWNED = ['<name>', 'a package, or a scope: @team'] as const
const USER = ['<user>', 'the name of an account'] as const

export const list = defineCommand<Members>({
  summary: 'List who owns a package or a scope',
  args: [OWNED],
  options: [SERVER],
  examples: ['aam owner ls @team/review', 'aam owner ls @team'],
  run: async (context, input) =>
    listMembers(context, { owned: parseOwned(argument(input, 0)), registry: option(input, 'registry') }),
  view: memberLines,
})

export const add = defineCommand<MemberChange>({
  summary: 'Make somebody an owner or a maintainer',
  description:
    'Owners may do everything with a package, maintainers publish and tag. An owner of a scope owns every package in it, and alone may publish new ones there.',
  args: [OWNED, USER],
  options: [['--role <role>', 'owner, or maintainer of a package; owner when absent'], SERVER],
  examples: ['aam owner add @team/review ben --role maintainer', 'aam owner add @team ann'],
  run: async (context, input) => {
    const role = option(input, 'role')
    if (role !== undefined && role !== 'owner' && role !== 'maintainer') {
      fail('USAGE', { message: `There is no role '${role}' in a package`, hint: 'there are owner and maintainer' })
    }
    const owned = parseOwned(argument(input, 0))
    return addMember(context, { owned, user: argument(input, 1), role, registry: option(input, 'registry') })
  },
  view: memberChangeLines,
})

export const remove = defineCommand<MemberChange>({
  summary: 'Take a package or a scope from somebody',
  args: [OWNED, USER],
  options: [SERVER],
  examples: ['aam owner rm @team/review ben'],
  run: async (context, input) => {
    const owned = parseOwned(argument(input, 0))
    return removeMember(context, { owned, user: argument(input, 1), registry: option(input, 'registry') })
  },
  view: memberChangeLines,
})

export const access = defineCommand<Access>({
  summary: 'Show or set who may see a package',
  description:
    'A public package is for everybody who may read the registry, a private one for its owners and maintainers, approvers and admins. For everybody else it is not there.',
  args: [
    ['<name>', 'the package'],
    ['[visibility]', 'public or private; shown when it is not given'],
  ],
  completes: ['public', 'private'],
  options: [SERVER],
  examples: ['aam access @team/review', 'aam access @team/review private'],
  run: async (context, input) => {
    const name = parsePackageName(argument(input, 0))
    return setAccess(context, { name, visibility: parseVisibility(input.args[1]), registry: option(input, 'registry') })
  },
  view: accessLines,
})

/** @throws USAGE */
export function parseVisibility(text: string | undefined): 'public' | 'private' | undefined {
  if (text === undefined || text === 'public' || text === 'private') return text
  return fail('USAGE', { message: `A package is public or private, not '${text}'`, hint: 'give one of the two' })
}
