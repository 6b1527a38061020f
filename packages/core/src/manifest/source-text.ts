import type { Place, Problem } from '../failures.ts'

/** A path into a document: `['dependencies', 'git-utils']`. */
export type Path = readonly (string | number)[]

/** A JSON or YAML document together with where each value stands in its text. */
export type SourceText = {
  readonly value: unknown
  /** What is wrong with the text itself; `value` is meaningless when there is an error. */
  readonly problems: readonly Problem[]
  /** Line and column of the value at `path`, or of the nearest enclosing value that exists. */
  readonly place: (path: Path) => Place
}

/** `dependencies.git-utils`, `artifacts.skills[0].path`: a path as messages show it. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${String(step)}]` : index === 0 ? step : `.${step}`))
    .join('')
}

/** Line and column, both from 1, of `offset` in `text`. */
export function locate(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - (before.lastIndexOf('\n') + 1) + 1 }
}
