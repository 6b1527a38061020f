/** What the formats of sub-agents share (UAAPS 6). */
import type { Agent } from './artifacts.ts'
import type { RenderContext, Warn } from './platform.ts'
import { append, warnLost } from './prose.ts'

/** Fields that every adapter reads by way of `Agent`, and `version`, which is the package's business. */
const READ: ReadonlySet<string> = new Set([
  'name',
  'description',
  'version',
  'system_prompt',
  'capabilities',
  'skills',
  'tools',
  'model',
])

/** Warns of the author's fields that the platform does not take; `known` are those that it takes by their own name. */
export function warnLostFields({ fields }: Agent, known: readonly string[], warn: Warn): void {
  warnLost(
    Object.keys(fields).filter(key => !READ.has(key) && !known.includes(key)),
    warn,
  )
}

/** What the agent is for. Platforms choose by it and refuse agents without one. */
export function describeAgent(agent: Agent, { name, warn }: RenderContext): string {
  if (agent.description !== undefined && agent.description.trim() !== '') return agent.description
  warn('it has no description, by which an agent would be chosen')
  return `Sub-agent ${name}`
}

/** The names under which the agent's skills are deployed. */
export function skillNames({ skills }: Agent, { nameOf }: RenderContext): string[] {
  return [...new Set(skills.map(skill => nameOf('skills', skill)))]
}

/** The prompt, with the agent's skills named for platforms that have no field for them. */
export function promptWithSkills(agent: Agent, context: RenderContext): string {
  const names = skillNames(agent, context)
  if (names.length === 0) return `${agent.prompt.trimEnd()}\n`
  return append(agent.prompt, `Use these skills: ${names.map(name => `\`${name}\``).join(', ')}.`)
}

export function warnLostTools({ tools }: Agent, warn: Warn): void {
  if (tools.length > 0) warn(`it may use every tool there, not only ${tools.join(', ')}`)
}

/** Warns when a part of a tool was meant and the platform allows the whole. */
export function warnWidened(widened: readonly string[], warn: Warn): void {
  if (widened.length > 0) warn(`it may use all of the tools of which it should only have ${widened.join(', ')}`)
}
