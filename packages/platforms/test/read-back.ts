/** Reads what was written the way agents do, with nothing of the code that wrote it. */
import { parse as parseYaml } from 'yaml'

export type Read = { readonly fields: Record<string, unknown>; readonly body: string }

/** Splits at the first line of three hyphens after the one at the top, as most agents do, and not only where YAML would. */
export function readMarkdown(text: string): Read {
  const match = /^---\n([\s\S]*?)\n---(?:\n|$)/.exec(text)
  if (match === null) return { fields: {}, body: text }
  const fields = parseYaml(match[1]!, { strict: true, uniqueKeys: true }) as Record<string, unknown>
  return { fields, body: text.slice(match[0].length) }
}

/** Rules with bare globs: that one line is text to its end, quotes and all. */
export function readBareGlobs(text: string): Read {
  const line = /^globs: (.*)\n/m.exec(text)
  const { fields, body } = readMarkdown(line === null ? text : text.replace(line[0], ''))
  return { fields: line === null ? fields : { ...fields, globs: line[1] }, body }
}
