import type { Path, SourceText } from './source-text.ts'

/** What `aam.yaml` calls by another name than `package.agent.json` (D1). */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ['prompts', 'commands'],
  ['instructions', 'rules'],
])

/**
 * The older `aam.yaml` said in the words of `package.agent.json`: `artifacts.prompts` are commands,
 * `artifacts.instructions` are rules. Places still point into the YAML text.
 */
export function translateAamYaml(source: SourceText): SourceText {
  const { value } = source
  if (!isObject(value) || !isObject(value['artifacts'])) return source
  const artifacts = new Map<string, unknown>()
  /** Where each entry of a list stands under its old name. */
  const origins = new Map<string, Path[]>()
  for (const [old, entries] of Object.entries(value['artifacts'])) {
    const kind = RENAMED.get(old) ?? old
    const before = artifacts.get(kind)
    const list = Array.isArray(entries) ? (entries as unknown[]) : undefined
    artifacts.set(kind, Array.isArray(before) && list !== undefined ? [...(before as unknown[]), ...list] : entries)
    origins.set(kind, [...(origins.get(kind) ?? []), ...(list ?? []).map((_, index): Path => [old, index])])
  }
  return {
    ...source,
    value: { ...value, artifacts: Object.fromEntries(artifacts) },
    place: path => {
      const [first, kind, index, ...rest] = path
      if (first !== 'artifacts' || typeof kind !== 'string') return source.place(path)
      const origin = typeof index === 'number' ? origins.get(kind)?.[index] : undefined
      const old = [...RENAMED].find(([, renamed]) => renamed === kind)?.[0]
      const list = old !== undefined && Object.hasOwn(value['artifacts'] as object, old) ? old : kind
      return source.place(origin === undefined ? ['artifacts', list] : ['artifacts', ...origin, ...rest])
    },
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
