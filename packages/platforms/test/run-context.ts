import type { Placement, RunContext } from '@aam/platforms'

/** Every feature of hooks and servers that is off by default. */
export const ALL: ReadonlySet<string> = new Set([
  'codex.session-end',
  'gemini.mcp-env',
  'windsurf.hooks',
  'windsurf.project-mcp',
])

/** A context, and the warnings that it was told. */
export function contextOf(given: Partial<RunContext> = {}): RunContext & { readonly warnings: string[] } {
  const warnings: string[] = []
  const level = given.level ?? 'project'
  return {
    level,
    root: level === 'project' ? '.agent-packages/team--review' : '/home/Jane Doe/.aam/team--review',
    unverified: new Set(),
    packageFolder: 'team--review',
    nameOf: (_, name) => name,
    warn: message => void warnings.push(message),
    ...given,
    warnings,
  }
}

/** What placements make of files that nobody else has: each file's text, JSON as values. */
export function filesFrom(placements: readonly Placement[]): Record<string, unknown> {
  const files: Record<string, unknown> = {}
  for (const placement of placements) {
    if (placement.form === 'files') {
      for (const { path, data } of placement.files) files[path] = JSON.parse(new TextDecoder().decode(data))
    } else if (placement.form === 'block') {
      const before = files[placement.file]
      files[placement.file] = typeof before === 'string' ? `${before}\n${placement.text}` : placement.text
    } else {
      const document = (files[placement.file] ??= {}) as Record<string, unknown>
      for (const need of placement.needs) walk(document, need.at, {})[need.key] ??= need.value
      if (placement.key !== null) walk(document, placement.at, {})[placement.key] = placement.value
      else {
        const list = walk(document, placement.at.slice(0, -1), {})
        const last = placement.at.at(-1) ?? ''
        list[last] = [...((list[last] ?? []) as unknown[]), placement.value]
      }
    }
  }
  return files
}

function walk(document: Record<string, unknown>, path: readonly string[], empty: object): Record<string, unknown> {
  return path.reduce((node, step) => (node[step] ??= { ...empty }) as Record<string, unknown>, document)
}
