import type { Agent, Command, Rule } from './artifacts.ts'
import { describeAgent, promptWithSkills, warnLostFields, warnWidened } from './agents.ts'
import { commandFields } from './commands.ts'
import { writeMarkdown } from './frontmatter.ts'
import { namedModel } from './models.ts'
import type { Places, Platform, RenderContext } from './platform.ts'
import { oneLine } from './prose.ts'
import { contextIn } from './rules.ts'
import { copilotTools, limitedTools } from './tools.ts'
import { notesOn, spellVariables } from './variables.ts'
import { copilotHooks } from './hooks/flat.ts'
import { copilotServers } from './servers/copilot.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

/** Below `.github` in a project and `.copilot` in a home; only the context differs. */
const below = (folder: string): Places => ({
  commands: { folder: `${folder}/prompts`, extension: '.prompt.md', render: renderCommand },
  agents: { folder: `${folder}/agents`, extension: '.agent.md', render: renderAgent },
  rules: { folder: `${folder}/instructions`, extension: '.instructions.md', render: renderRule },
})

export const copilot: Platform = {
  id: 'copilot',
  title: 'GitHub Copilot',
  signals: SIGNALS.copilot,
  userSignals: ['.copilot/'],
  project: {
    ...below('.github'),
    skills: '.agents/skills',
    context: contextIn('AGENTS.md'),
    hooks: copilotHooks.project,
    servers: copilotServers.project,
  },
  user: {
    ...below('.copilot'),
    skills: '.copilot/skills',
    context: contextIn('.copilot/copilot-instructions.md'),
    hooks: copilotHooks.user,
    servers: copilotServers.user,
  },
  alsoReads: { project: ['.github/skills', '.claude/skills'], user: ['.claude/skills', '.agents/skills'] },
  unverified: unverifiedOf('copilot'),
}

function renderCommand(command: Command, { warn }: RenderContext): string {
  const { document, variables } = command
  const fields = commandFields(command, ['agent', 'model', 'tools', 'argument-hint'], warn)
  if ('model' in fields) fields['model'] = namedModel(fields['model'], warn)
  const body = spellVariables(document.body, variables, variable => {
    const hint = [variable.description ?? '', ...notesOn(variable)].map(oneLine).filter(text => text !== '')
    // What is asked ends at the first brace.
    const text = hint.join('; ').replace(/[{}]/g, '')
    return `\${input:${variable.name}${text === '' ? '' : `:${text}`}}`
  })
  return writeMarkdown(fields, body)
}

function renderAgent(agent: Agent, context: RenderContext): string {
  warnLostFields(agent, [], context.warn)
  warnWidened(limitedTools(agent.tools), context.warn)
  const tools = copilotTools(agent.tools)
  return writeMarkdown(
    {
      name: context.name,
      description: describeAgent(agent, context),
      tools: tools.length === 0 ? undefined : tools,
      model: namedModel(agent.model, context.warn),
    },
    promptWithSkills(agent, context),
  )
}

function renderRule({ mode, globs, description, body }: Rule, { warn }: RenderContext): string {
  switch (mode) {
    case 'always':
      return writeMarkdown({ description, applyTo: '**' }, body)
    case 'files':
      return writeMarkdown({ description, applyTo: globs.join(',') }, body)
    // Without `applyTo` VS Code attaches it by hand, or when its description fits.
    case 'intelligent':
    case 'manual':
      warn(`it is always on in Copilot CLI; VS Code waits until ${mode === 'manual' ? 'somebody names it' : 'it fits'}`)
      return writeMarkdown({ description }, body)
  }
}
