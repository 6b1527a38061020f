import type { Rule } from './artifacts.ts'
import { renderPlainCommand } from './commands.ts'
import { writeMarkdown } from './frontmatter.ts'
import type { Platform, RenderContext } from './platform.ts'
import { bareGlobs, contextIn, rulesIn, writeRuleFile } from './rules.ts'
import { windsurfHooks } from './hooks/windsurf.ts'
import { windsurfServers } from './servers/json.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

const USER_WORKFLOWS = 'windsurf.user-workflows'
const GLOBAL_RULES = '.codeium/windsurf/memories/global_rules.md'

/** It has no sub-agents; its commands are called workflows. */
export const windsurf: Platform = {
  id: 'windsurf',
  title: 'Windsurf',
  signals: SIGNALS.windsurf,
  userSignals: ['.codeium/windsurf/'],
  project: {
    skills: '.agents/skills',
    commands: { folder: '.windsurf/workflows', extension: '.md', render: renderPlainCommand },
    rules: { folder: '.windsurf/rules', extension: '.md', render: renderRule },
    context: contextIn('AGENTS.md'),
    hooks: windsurfHooks.project,
    servers: windsurfServers.project,
  },
  user: {
    skills: '.codeium/windsurf/skills',
    commands: {
      folder: '.codeium/windsurf/workflows',
      extension: '.md',
      feature: USER_WORKFLOWS,
      render: renderPlainCommand,
    },
    rules: rulesIn(GLOBAL_RULES),
    context: contextIn(GLOBAL_RULES),
    hooks: windsurfHooks.user,
    servers: windsurfServers.user,
  },
  alsoReads: { project: ['.windsurf/skills'], user: [] },
  unverified: unverifiedOf('windsurf'),
}

function renderRule(rule: Rule, { warn }: RenderContext): string | undefined {
  const { description, body } = rule
  switch (rule.mode) {
    case 'always':
      return writeMarkdown({ trigger: 'always_on', description }, body)
    case 'intelligent':
      return writeMarkdown({ trigger: 'model_decision', description }, body)
    case 'manual':
      return writeMarkdown({ trigger: 'manual', description }, body)
    case 'files': {
      const globs = bareGlobs(rule, warn)
      return globs.length === 0 ? undefined : writeRuleFile({ trigger: 'glob', description }, globs, body)
    }
  }
}
