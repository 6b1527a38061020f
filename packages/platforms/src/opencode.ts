import type { Agent, Command } from './artifacts.ts'
import { describeAgent, promptWithSkills, warnLostFields, warnWidened } from './agents.ts'
import { commandFields } from './commands.ts'
import { writeMarkdown } from './frontmatter.ts'
import { openCodeModel } from './models.ts'
import type { Places, Platform, RenderContext, Warn } from './platform.ts'
import { contextIn, rulesIn } from './rules.ts'
import { OPENCODE_TOOLS, limitedTools, openCodeTools } from './tools.ts'
import { appendDefaults, spellVariables } from './variables.ts'
import { opencodeServers } from './servers/json.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

const below = (folder: string): Places => ({
  commands: { folder: `${folder}/commands`, extension: '.md', render: renderCommand },
  agents: { folder: `${folder}/agents`, extension: '.md', render: renderAgent },
})

const HOME = '{XDG_CONFIG_HOME|.config}/opencode'

export const opencode: Platform = {
  id: 'opencode',
  title: 'OpenCode',
  signals: SIGNALS.opencode,
  userSignals: [`${HOME}/`],
  project: {
    ...below('.opencode'),
    skills: '.agents/skills',
    rules: rulesIn('AGENTS.md'),
    context: contextIn('AGENTS.md'),
    servers: opencodeServers.project,
  },
  user: {
    ...below(HOME),
    skills: `${HOME}/skills`,
    rules: rulesIn(`${HOME}/AGENTS.md`),
    context: contextIn(`${HOME}/AGENTS.md`),
    servers: opencodeServers.user,
  },
  alsoReads: { project: ['.opencode/skills', '.claude/skills'], user: ['.claude/skills', '.agents/skills'] },
  unverified: unverifiedOf('opencode'),
}

function renderCommand(command: Command, { warn }: RenderContext): string {
  const { variables, document } = command
  const { model, ...fields } = commandFields(command, ['model'], warn)
  const body = spellVariables(document.body, variables, (_, index, next) =>
    // `$1` before a digit would be another number.
    /\d/.test(next) ? `$${String(index + 1)} ` : `$${String(index + 1)}`,
  )
  return writeMarkdown({ ...fields, model: openCodeModel(model, warn) }, appendDefaults(body, variables))
}

/** OpenCode does not start when a field of an agent has a value of the wrong type, so each is checked. */
function renderAgent(agent: Agent, context: RenderContext): string {
  const { color } = agent.fields
  const { temperature, ...lost } = parametersOf(agent)
  warnLostFields(agent, Object.keys(lost).length === 0 ? ['color', 'parameters'] : ['color'], context.warn)
  return writeMarkdown(
    {
      description: describeAgent(agent, context),
      mode: 'subagent',
      model: openCodeModel(agent.model, context.warn),
      temperature,
      color: openCodeColor(color, context.warn),
      tools: switchTools(agent.tools, context.warn),
    },
    promptWithSkills(agent, context),
  )
}

/** What UAAPS 6 knows of how a model behaves, with the one of them that OpenCode knows too when it is one. */
function parametersOf({ fields }: Agent): { readonly temperature?: number } & Readonly<Record<string, unknown>> {
  const { parameters } = fields
  if (typeof parameters !== 'object' || parameters === null) return parameters === undefined ? {} : { parameters }
  const { temperature, ...others } = parameters as Readonly<Record<string, unknown>>
  if (typeof temperature === 'number' && temperature >= 0 && temperature <= 2) return { ...others, temperature }
  return temperature === undefined ? others : { ...others, parameters }
}

const COLORS: ReadonlySet<string> = new Set(['primary', 'secondary', 'accent', 'success', 'warning', 'error', 'info'])

function openCodeColor(color: unknown, warn: Warn): string | undefined {
  if (color === undefined) return undefined
  if (typeof color === 'string' && (COLORS.has(color) || /^#[0-9a-fA-F]{6}$/.test(color))) return color
  warn(`it has no color ${JSON.stringify(color)}`)
  return undefined
}

/** Every tool it has, on or off: those that are not named would be on. `undefined` when the agent may use all of them. */
function switchTools(tools: readonly string[], warn: Warn): Readonly<Record<string, boolean>> | undefined {
  if (tools.length === 0) return undefined
  const unknown = tools.filter(written => openCodeTools(written) === undefined)
  if (unknown.length > 0) warn(`it has no tool ${unknown.join(', ')}`)
  warnWidened(
    limitedTools(tools).filter(written => !unknown.includes(written)),
    warn,
  )
  const on = new Set(tools.flatMap(written => openCodeTools(written) ?? []))
  return Object.fromEntries(OPENCODE_TOOLS.map(tool => [tool, on.has(tool)]))
}
