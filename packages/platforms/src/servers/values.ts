/** Values of MCP servers: texts with references in them, which stay references wherever they are written. */

/** A piece of a value. `fallback` stands in for a variable that is not set. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'env'; readonly name: string; readonly fallback: string | undefined }
  | { readonly kind: 'input'; readonly id: string }
  | { readonly kind: 'root' }

const REFERENCE = /\$\{(?:(PACKAGE_ROOT)|input:([^{}]+)|(?:env:)?([A-Za-z_]\w*)(?::-([^{}]*))?)\}/g

/**
 * Takes a value apart: `${PACKAGE_ROOT}`, `${input:id}`, `${VAR}` (also `${env:VAR}`) and `${VAR:-default}` are references,
 * everything else is text. Two texts never follow each other, and no text is empty.
 */
export function parseValue(value: string): Part[] {
  const parts: Part[] = []
  let end = 0
  const addText = (to: number): void => {
    if (to > end) parts.push({ kind: 'text', text: value.slice(end, to) })
  }
  for (const match of value.matchAll(REFERENCE)) {
    addText(match.index)
    end = match.index + match[0].length
    const [, root, id, name = '', fallback] = match
    if (root !== undefined) parts.push({ kind: 'root' })
    else if (id !== undefined) parts.push({ kind: 'input', id })
    else parts.push({ kind: 'env', name, fallback })
  }
  addText(value.length)
  return parts
}

/** How a client writes references; what it cannot write is missing. */
export type Syntax = {
  readonly env?: (name: string) => string
  /** For a variable with a fallback. */
  readonly envOr?: (name: string, fallback: string) => string
  readonly input?: (id: string) => string
  /** What stands for the folder of the package. */
  readonly root: string
}

/** What of a value a client could not write. A lost fallback leaves a value that works while the variable is set. */
export type Loss = { readonly fatal: boolean; readonly what: string }

/** A value in a client's syntax. What is lost is told to `lose`; after a fatal loss the result means nothing. */
export function renderValue(parts: readonly Part[], syntax: Syntax, lose: (loss: Loss) => void): string {
  const cannot = (what: string): string => {
    lose({ fatal: true, what })
    return ''
  }
  return parts
    .map((part): string => {
      switch (part.kind) {
        case 'text':
          return part.text
        case 'root':
          return syntax.root
        case 'input':
          return syntax.input?.(part.id) ?? cannot(`it cannot ask for '${part.id}'`)
        case 'env':
          if (syntax.env === undefined) return cannot(`it does not put \${${part.name}} in there`)
          if (part.fallback === undefined) return syntax.env(part.name)
          if (syntax.envOr !== undefined) return syntax.envOr(part.name, part.fallback)
          lose({ fatal: false, what: `it knows no default for \${${part.name}}, which has to be set` })
          return syntax.env(part.name)
      }
    })
    .join('')
}

/** The ids of the inputs that a value refers to. */
export function inputsIn(value: string): string[] {
  return parseValue(value).flatMap(part => (part.kind === 'input' ? part.id : []))
}
