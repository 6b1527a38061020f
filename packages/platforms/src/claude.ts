import type { Agent, Command, Rule } from './artifacts.ts'
import { describeAgent, skillNames, warnLostFields } from './agents.ts'
import { commandFields } from './commands.ts'
import { writeMarkdown } from './frontmatter.ts'
import { claudeModel } from './models.ts'
import type { Platform, Places, RenderContext } from './platform.ts'
import { whenOf } from './rules.ts'
import { claudeTools } from './tools.ts'
import { appendDefaults, spellVariables } from './variables.ts'
import { claudeHooks } from './hooks/nested.ts'
import { claudeServers } from './servers/json.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

/** The same folders below `.claude` in a project and in the user's own. */
const below = (folder: string): Places => ({
  skills: `${folder}/skills`,
  commands: { folder: `${folder}/commands`, extension: '.md', render: renderCommand },
  agents: { folder: `${folder}/agents`, extension: '.md', render: renderAgent },
  rules: { folder: `${folder}/rules`, extension: '.md', render: renderRule },
  // A file of its own and never CLAUDE.md: where there is a CLAUDE.md, AGENTS.md is no longer read. No rule can have a name with
  // a dot, so the two kinds never meet.
  context: { folder: `${folder}/rules`, extension: '.context.md', render: text => writeMarkdown({}, text) },
})

export const claude: Platform = {
  id: 'claude',
  title: 'Claude Code',
  signals: SIGNALS.claude,
  userSignals: ['{CLAUDE_CONFIG_DIR|.claude}/'],
  project: { ...below('.claude'), hooks: claudeHooks.project, servers: claudeServers.project },
  user: { ...below('{CLAUDE_CONFIG_DIR|.claude}'), hooks: claudeHooks.user, servers: claudeServers.user },
  alsoReads: { project: [], user: [] },
  unverified: unverifiedOf('claude'),
}

function renderCommand(command: Command, { warn }: RenderContext): string {
  const { variables, document } = command
  const fields = commandFields(command, ['allowed-tools', 'model', 'argument-hint'], warn)
  if ('model' in fields) fields['model'] = claudeModel(fields['model'], warn)
  if (variables.length === 0) return writeMarkdown(fields, document.body)
  const body = spellVariables(document.body, variables, ({ name }, index, next) =>
    // A name ends where it can go on no longer, so that one with a hyphen, or before a letter, is only safe as a number.
    /^[A-Za-z_]\w*$/.test(name) && !/[\w[-]/.test(next) ? `$${name}` : `$ARGUMENTS[${String(index)}]`,
  )
  const hint = variables.map(({ name, required, fallback }) =>
    required && fallback === undefined ? `<${name}>` : `[${name}]`,
  )
  return writeMarkdown(
    { 'argument-hint': hint.join(' '), ...fields, arguments: variables.map(({ name }) => name) },
    appendDefaults(body, variables),
  )
}

function renderAgent(agent: Agent, context: RenderContext): string {
  const tools = claudeTools(agent.tools)
  const skills = skillNames(agent, context)
  const { color } = agent.fields
  const isColor = typeof color === 'string' && COLORS.has(color)
  warnLostFields(agent, isColor ? ['color'] : [], context.warn)
  return writeMarkdown(
    {
      name: context.name,
      description: describeAgent(agent, context),
      tools: tools.length === 0 ? undefined : tools.join(', '),
      model: claudeModel(agent.model, context.warn),
      color: isColor ? color : undefined,
      skills: skills.length === 0 ? undefined : skills,
    },
    `${agent.prompt.trimEnd()}\n`,
  )
}

const COLORS: ReadonlySet<string> = new Set(['red', 'blue', 'green', 'yellow', 'purple', 'orange', 'pink', 'cyan'])

function renderRule(rule: Rule, { warn }: RenderContext): string | undefined {
  switch (rule.mode) {
    case 'always':
      return writeMarkdown({}, rule.body)
    case 'files':
      return writeMarkdown({ paths: rule.globs }, rule.body)
    case 'intelligent': {
      warn('it cannot be chosen by its description there, so it is always on')
      const when = whenOf(rule)
      return writeMarkdown({}, when === undefined ? rule.body : `${when}\n\n${rule.body}`)
    }
    case 'manual':
      warn('it applies only when somebody names it, which is not possible there; it is left out')
      return undefined
  }
}
