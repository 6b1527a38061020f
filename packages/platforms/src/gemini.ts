import { stringify } from 'smol-toml'
import type { Command } from './artifacts.ts'
import { commandFields } from './commands.ts'
import type { Platform, RenderContext } from './platform.ts'
import { contextIn, rulesIn } from './rules.ts'
import { appendDefaults, listVariables, spellVariables } from './variables.ts'
import { geminiHooks } from './hooks/nested.ts'
import { geminiServers } from './servers/json.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

const commands = { folder: '.gemini/commands', extension: '.toml', render: renderCommand }

/** It has no sub-agents. */
export const gemini: Platform = {
  id: 'gemini',
  title: 'Gemini CLI',
  signals: SIGNALS.gemini,
  userSignals: ['.gemini/'],
  project: {
    skills: '.agents/skills',
    commands,
    rules: rulesIn('GEMINI.md'),
    context: contextIn('GEMINI.md'),
    hooks: geminiHooks.project,
    servers: geminiServers.project,
  },
  user: {
    skills: '.gemini/skills',
    commands,
    rules: rulesIn('.gemini/GEMINI.md'),
    context: contextIn('.gemini/GEMINI.md'),
    hooks: geminiHooks.user,
    servers: geminiServers.user,
  },
  alsoReads: { project: ['.gemini/skills'], user: [] },
  unverified: unverifiedOf('gemini'),
}

function renderCommand(command: Command, { warn }: RenderContext): string {
  const { description } = commandFields(command, [], warn)
  const prompt = promptOf(command).replaceAll('$ARGUMENTS', ARGUMENTS)
  return stringify({ ...(description === undefined ? {} : { description }), prompt })
}

/** All that was typed after the command; nothing less can be asked for. */
const ARGUMENTS = '{{args}}'

function promptOf({ document, variables }: Command): string {
  if (variables.length === 0) return document.body
  if (variables.length === 1) {
    return appendDefaults(
      spellVariables(document.body, variables, () => ARGUMENTS),
      variables,
    )
  }
  const list = listVariables(variables, ({ name }) => `{{${name}}}`)
  return `Arguments: ${ARGUMENTS}\n\nThey stand for, in this order:\n\n${list}\n\n${document.body.trimStart()}`
}
