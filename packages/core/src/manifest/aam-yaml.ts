import type { SourceText } from './source-text.ts'

/** What `aam.yaml` calls by another name than `package.agent.json` (D1). */
const RENAMED: Readonly<Record<string, string>> = { prompts: 'commands', instructions: 'rules' }

/**
 * The older `aam.yaml` said in the words of `package.agent.json`: `artifacts.prompts` are commands,
 * `artifacts.instructions` are rules. Places still point into the YAML text.
 */
export function translateAamYaml(source: SourceText): SourceText {
  const { value } = source
  if (!isObject(value) || !isObject(value['artifacts'])) return source
  const artifacts: Record<string, unknown> = {}
  for (const [kind, entries] of Object.entries(value['artifacts'])) {
    const renamed = RENAMED[kind] ?? kind
    const before = artifacts[renamed]
    artifacts[renamed] =
      Array.isArray(before) && Array.isArray(entries) ? [...(before as unknown[]), ...(entries as unknown[])] : entries
  }
  const original = new Map(Object.entries(RENAMED).map(([old, renamed]) => [renamed, old]))
  return {
    ...source,
    value: { ...value, artifacts },
    place: path => {
      const [first, kind, ...rest] = path
      const old = first === 'artifacts' && typeof kind === 'string' ? original.get(kind) : undefined
      const named = old !== undefined && isObject(value['artifacts']) && old in value['artifacts']
      return source.place(named ? ['artifacts', old, ...rest] : path)
    },
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
