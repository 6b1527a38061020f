import { TOKEN_SCOPES, fail } from '@aam/core'
import {
  type ListedTokens,
  type MadeToken,
  type RevokedToken,
  listTokens,
  makeToken,
  parseDays,
  parsePatterns,
  parseScopes,
  revokeToken,
} from '../actions/tokens.ts'
import { argument, defineCommand, option } from '../command.ts'
import { tokenFactsLine, tokenLines } from '../text/accounts.ts'
import { SERVER } from './registry-option.ts'

export const create = defineCommand<MadeToken>({
  summary: 'Make a token for a program',
  description:
    'Prints the token on stdout, and everything else on stderr. It is shown this once. It is good for no more than you are.',
  options: [
    ['--name <name>', 'what it is for, to know it again'],
    ['--scope <scopes>', `what it is good for, with commas: ${TOKEN_SCOPES.join(', ')}; all of yours when absent`],
    ['--package <patterns>', "for which packages, with commas: '@team/*'; all when absent"],
    ['--expires <days>', 'for how long: 90d; until it is revoked when absent'],
    SERVER,
  ],
  examples: [
    'aam token create --name ci --scope read --expires 365d',
    "TOKEN=$(aam token create --name release --scope read,publish --package '@team/*')",
  ],
  run: async (context, input) => {
    const name = option(input, 'name')
    if (name === undefined) fail('USAGE', { message: 'A token needs a name', hint: 'say what it is for: --name ci' })
    const [scopes, packages, expires] = ['scope', 'package', 'expires'].map(each => option(input, each))
    const made = await makeToken(context, {
      name,
      scopes: scopes === undefined ? undefined : parseScopes(scopes),
      packages: packages === undefined ? undefined : parsePatterns(packages),
      days: expires === undefined ? undefined : parseDays(expires),
      registry: option(input, 'registry'),
    })
    context.report({ kind: 'notice', message: tokenFactsLine(made) })
    return made
  },
  view: ({ token }) => [token],
  quietView: ({ token }) => [token],
})

export const list = defineCommand<ListedTokens>({
  summary: 'List your tokens',
  description: 'Those of programs and of signing in, without the tokens themselves.',
  options: [SERVER],
  run: async (context, input) => listTokens(context, option(input, 'registry')),
  view: tokenLines,
})

export const revoke = defineCommand<RevokedToken>({
  summary: 'Take a token back',
  description: 'Nobody can use it from then on.',
  args: [['<id>', 'its id, as `aam token ls` shows it; current for the one in use']],
  options: [SERVER],
  examples: ['aam token revoke Uk3x0c0V2mQe'],
  run: async (context, input) => revokeToken(context, { id: argument(input, 0), registry: option(input, 'registry') }),
  view: ({ revoked }, view) => [`${view.good('✓')} Revoked ${revoked}`],
})
