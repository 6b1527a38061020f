import type { Problem } from '../failures.ts'
import type { SourceText } from '../manifest/source-text.ts'
import { readYamlText } from '../manifest/yaml-text.ts'

/** The `---` block at the top of a Markdown file, and what comes after it. */
export type Frontmatter = {
  readonly fields: Readonly<Record<string, unknown>>
  readonly body: string
  readonly problems: readonly Problem[]
  readonly place: SourceText['place']
}

const FENCE = /^---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/

/** Reads the frontmatter of a Markdown file; `undefined` when it has none. Lines count from the top of the file. */
export function readFrontmatter(text: string, file: string): Frontmatter | undefined {
  const plain = text.startsWith('\ufeff') ? text.slice(1) : text
  const match = FENCE.exec(plain)
  if (match === null) return undefined
  const yaml = match[1] ?? ''
  const shift = <T extends { readonly line?: number | undefined }>(place: T): T =>
    place.line === undefined ? place : { ...place, line: place.line + 1 }
  const problems = tabs(yaml, file)
  const source = problems.length === 0 ? readYamlText(yaml, file) : undefined
  const value = source?.value ?? {}
  const isObject = typeof value === 'object' && !Array.isArray(value)
  return {
    fields: isObject ? (value as Record<string, unknown>) : {},
    body: plain.slice(match[0].length),
    problems: [
      ...problems,
      ...(source?.problems ?? []).map(shift),
      ...(isObject
        ? []
        : [{ severity: 'error' as const, file, line: 1, message: 'the frontmatter must be keys and values' }]),
    ],
    place: path => shift(source?.place(path) ?? { file }),
  }
}

function tabs(yaml: string, file: string): Problem[] {
  const line = yaml.split('\n').findIndex(text => text.includes('\t'))
  return line === -1
    ? []
    : [
        {
          severity: 'error',
          file,
          line: line + 2,
          message: 'the frontmatter has a tab; use spaces',
        },
      ]
}
