import {
  type Identity,
  type Registered,
  type SignedOut,
  registerUser,
  signIn,
  signOut,
  whoAmI,
} from '../actions/session.ts'
import { defineCommand, flag, option } from '../command.ts'
import { identityLines, registeredLines, signedInLines, signedOutLines } from '../text/accounts.ts'
import { SERVER } from './registry-option.ts'

export const login = defineCommand<Identity>({
  summary: 'Sign in to a registry server',
  description:
    'Asks for name and password on a terminal; scripts give --name and AAM_PASSWORD, or a token. What is kept is a token, in ~/.aam/credentials.yaml, which only you can read. A program needs no login: set AAM_TOKEN to a token from `aam token create`.',
  options: [
    ['--name <name>', 'who signs in'],
    ['--token', 'take a token, from a prompt or from stdin, instead of a name and a password'],
    SERVER,
  ],
  examples: ['aam login', 'AAM_PASSWORD=… aam login --name ann', 'echo "$TOKEN" | aam login --token'],
  run: async (context, input) =>
    signIn(context, {
      name: option(input, 'name'),
      byToken: flag(input, 'token'),
      registry: option(input, 'registry'),
    }),
  view: signedInLines,
})

export const logout = defineCommand<SignedOut>({
  summary: 'Sign out of a registry server',
  description: 'Takes the token back at the server, and forgets it.',
  options: [SERVER],
  examples: ['aam logout', 'aam logout --registry https://pkg.example.com'],
  run: async (context, input) => signOut(context, option(input, 'registry')),
  view: signedOutLines,
})

export const whoami = defineCommand<Identity>({
  summary: 'Show who you are at a registry server, and with which token',
  options: [SERVER],
  examples: ['aam whoami', 'aam whoami --json'],
  run: async (context, input) => whoAmI(context, option(input, 'registry')),
  view: identityLines,
})

export const register = defineCommand<Registered>({
  summary: 'Make an account on a registry server',
  description:
    'Where the server lets everybody register, your own; you are signed in then. An admin makes accounts for others: the password is asked for, or made up and printed once. Scripts set AAM_PASSWORD.',
  args: [['[name]', 'the name of the account; asked for when it is not given']],
  options: [['--email <address>', 'where the user can be reached'], SERVER],
  examples: ['aam register ann --email ann@example.com', 'aam register build-bot --json'],
  run: async (context, input) =>
    registerUser(context, { name: input.args[0], email: option(input, 'email'), registry: option(input, 'registry') }),
  view: registeredLines,
  quietView: ({ password }) => (password === null ? [] : [password]),
})
