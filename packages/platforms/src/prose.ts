/** Small pieces of text for agents and for people. */
import type { Warn } from './platform.ts'

/** Markdown with a part more at its end. */
export function append(body: string, part: string): string {
  const text = body.trimEnd()
  return text === '' ? `${part}\n` : `${text}\n\n${part}\n`
}

/** Text that stands in a list or in a placeholder. */
export function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}

/** Tells of frontmatter that a platform does not take. */
export function warnLost(names: readonly string[], warn: Warn): void {
  if (names.length > 0) warn(`it loses what means nothing there: ${names.join(', ')}`)
}
