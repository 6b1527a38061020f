/** What the formats of commands share (UAAPS 5). */
import type { Command } from './artifacts.ts'
import { type Fields, writeMarkdown } from './frontmatter.ts'
import type { RenderContext, Warn } from './platform.ts'
import { append, warnLost } from './prose.ts'
import { listVariables } from './variables.ts'

/** Fields that are ours and said in other ways. */
const OWN: ReadonlySet<string> = new Set(['name', 'description', 'variables'])

/** The description, and those of `known` that the author wrote; what else there is, is warned of. */
export function commandFields(command: Command, known: readonly string[], warn: Warn): Record<string, unknown> {
  const { fields } = command.document
  const lost = Object.keys(fields).filter(key => !OWN.has(key) && !known.includes(key))
  warnLost(lost, warn)
  const kept = known.filter(key => key in fields).map(key => [key, fields[key]])
  return { description: command.description, ...(Object.fromEntries(kept) as Fields) }
}

/** A command of a platform without arguments: the variables stay readable and are listed. */
export function renderPlainCommand(command: Command, { warn }: RenderContext): string {
  return writeMarkdown(commandFields(command, [], warn), bodyWithInputs(command))
}

/** The body with a list of what it asks for at its end, for platforms that pass on what was typed and replace nothing. */
export function bodyWithInputs({ document, variables }: Command): string {
  if (variables.length === 0) return document.body
  const list = listVariables(variables, ({ name }) => `{{${name}}}`)
  return append(
    document.body,
    `## Inputs\n\nTake these from what was written with the command, and ask for what is required and missing.\n\n${list}`,
  )
}
