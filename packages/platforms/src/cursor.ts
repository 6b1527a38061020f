import type { Agent, Rule } from './artifacts.ts'
import { describeAgent, promptWithSkills, warnLostFields, warnLostTools } from './agents.ts'
import { renderPlainCommand } from './commands.ts'
import { writeMarkdown } from './frontmatter.ts'
import { namedModel } from './models.ts'
import type { Places, Platform, RenderContext } from './platform.ts'
import { bareGlobs, contextIn, writeRuleFile } from './rules.ts'
import { onlyReads } from './tools.ts'
import { cursorHooks } from './hooks/flat.ts'
import { cursorServers } from './servers/json.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

const both = {
  commands: { folder: '.cursor/commands', extension: '.md', render: renderPlainCommand },
  agents: { folder: '.cursor/agents', extension: '.md', render: renderAgent },
} satisfies Places

export const cursor: Platform = {
  id: 'cursor',
  title: 'Cursor',
  signals: SIGNALS.cursor,
  userSignals: ['.cursor/'],
  project: {
    ...both,
    skills: '.agents/skills',
    rules: { folder: '.cursor/rules', extension: '.mdc', render: renderRule },
    context: contextIn('AGENTS.md'),
    hooks: cursorHooks.project,
    servers: cursorServers.project,
  },
  // A user's rules are kept by its settings, not in a file.
  user: { ...both, skills: '.cursor/skills', hooks: cursorHooks.user, servers: cursorServers.user },
  alsoReads: { project: ['.cursor/skills', '.claude/skills', '.codex/skills'], user: [] },
  unverified: unverifiedOf('cursor'),
}

function renderAgent(agent: Agent, context: RenderContext): string {
  warnLostFields(agent, ['readonly', 'is_background'], context.warn)
  const { readonly, is_background } = agent.fields
  const reads = onlyReads(agent.tools) || readonly === true
  if (!reads) warnLostTools(agent, context.warn)
  return writeMarkdown(
    {
      name: context.name,
      description: describeAgent(agent, context),
      model: namedModel(agent.model, context.warn),
      readonly: reads ? true : undefined,
      is_background: is_background === true ? true : undefined,
    },
    promptWithSkills(agent, context),
  )
}

function renderRule(rule: Rule, { warn }: RenderContext): string | undefined {
  const { description, body } = rule
  switch (rule.mode) {
    case 'always':
      return writeMarkdown({ description, alwaysApply: true }, body)
    case 'intelligent':
      return writeMarkdown({ description, alwaysApply: false }, body)
    case 'files': {
      const globs = bareGlobs(rule, warn)
      const fields = { description, alwaysApply: false }
      return globs.length === 0 ? undefined : writeRuleFile(fields, globs, body)
    }
    case 'manual':
      // With a description it would be chosen by that.
      return writeMarkdown({ alwaysApply: false }, body)
  }
}
