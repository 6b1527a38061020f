/** Commands and prompts of other tools as commands of a package: what they ask for becomes variables (UAAPS 5). */
import { type Converted, firstLine, listField, nameFrom, readDocument, textField } from './document.ts'
import type { SourceId } from './source.ts'

type Variable = { readonly name: string; readonly description?: string; readonly required: boolean }
type Body = { readonly body: string; readonly variables: readonly Variable[]; readonly notes: readonly string[] }

/** Fields that are said in another way in a package. */
const OURS = new Set(['name', 'description', 'arguments', 'variables'])

/**
 * Reads a command. `$ARGUMENTS`, `$1` and the names of `arguments` (Claude) and `${input:x}` (Copilot) become `{{…}}`.
 * @param name what its file is called
 */
export function importCommand(source: SourceId, name: string, text: string): Converted {
  const { fields, body: before } = readDocument(text)
  const { arguments: declared, name: title } = fields
  const rest = Object.entries(fields).filter(([key]) => !OURS.has(key))
  const converted =
    source === 'github' ? fromCopilot(before) : isClaude(source) ? fromClaude(before, fields) : plain(before)
  const { body, variables, notes } = converted
  const own = nameFrom(name) ?? 'command'
  const lost = declared !== undefined && !isClaude(source) ? ['`arguments` is left out'] : []
  const renamed = typeof title === 'string' && title !== own ? [`its name '${title}' became ${own}`] : []
  return {
    name: own,
    document: {
      fields: {
        name: own,
        description: textField(fields, 'description') ?? firstLine(before),
        variables: variables.length === 0 ? undefined : variables,
        ...Object.fromEntries(rest),
      },
      body,
    },
    notes: [...braces(before), ...notes, ...lost, ...renamed],
  }
}

function isClaude(source: SourceId): boolean {
  return source === 'claude' || source === 'plugin'
}

function plain(body: string): Body {
  return { body, variables: [], notes: [] }
}

/** `${input:name:what to ask}`; what else an editor fills in has no counterpart. */
function fromCopilot(before: string): Body {
  const variables = new Map<string, Variable>()
  const body = before.replaceAll(/\$\{input:([\w-]+)(?::([^}]*))?\}/g, (_, name: string, about: string | undefined) => {
    const description = about === undefined || about === '' ? variables.get(name)?.description : about
    variables.set(name, { name, ...(description === undefined ? {} : { description }), required: true })
    return `{{${name}}}`
  })
  const editor = [...body.matchAll(/\$\{(?:selection|selectedText|file\w*|workspaceFolder\w*)\}/g)].map(
    ([word]) => word,
  )
  return {
    body,
    variables: [...variables.values()],
    notes: unique(editor).map(word => `only VS Code fills in ${word}`),
  }
}

function fromClaude(before: string, fields: Readonly<Record<string, unknown>>): Body {
  const hint = textField(fields, 'argument-hint') ?? listField(fields, 'argument-hint').join(' ')
  const declared = argumentNames(fields['arguments'])
  const positions = positional(before)
  const names = positions.map((_, index) => declared[index] ?? hintNames(hint)[index] ?? `arg${String(index + 1)}`)
  const variables = new Map<string, Variable>(declared.map(name => [name, { name, required: false }]))
  for (const name of names) variables.set(name, { name, required: false })
  let body = before
  for (const [index, position] of positions.entries()) {
    const spelling = new RegExp(
      `\\$(?:ARGUMENTS\\[${position}\\]|\\{${position}\\}|${position}(?![\\d\\w]|[.,]\\d))`,
      'g',
    )
    body = body.replaceAll(spelling, () => `{{${names[index] ?? ''}}}`)
  }
  for (const name of declared) {
    const spelling = new RegExp(`\\$(?:\\{${name}\\}|${name}(?![\\w-]))`, 'g')
    body = body.replaceAll(spelling, () => `{{${name}}}`)
  }
  const whole = /\$(?:\{ARGUMENTS\}|ARGUMENTS(?![\w[]))/g
  if (whole.test(body)) {
    body = body.replaceAll(whole, () => '{{arguments}}')
    variables.set('arguments', { name: 'arguments', ...(hint === '' ? {} : { description: hint }), required: false })
  }
  const runs = /!`[^`\n]+`/.test(body) ? ['only Claude runs its !`…` before it reads the command'] : []
  return { body, variables: [...variables.values()], notes: runs }
}

/** `[issue, branch]`, `issue branch`, or objects with names. Only what can follow a dollar sign is a name. */
function argumentNames(value: unknown): string[] {
  const items: readonly unknown[] = Array.isArray(value)
    ? value
    : typeof value === 'string'
      ? value.split(/[\s,]+/)
      : []
  const names = items.map(item => (typeof item === 'object' && item !== null && 'name' in item ? item.name : item))
  return names.filter(name => typeof name === 'string' && /^[A-Za-z_][\w-]*$/.test(name)) as string[]
}

/** Names in a hint like `[pr-number] <priority>`; none when it is prose. */
function hintNames(hint: string): string[] {
  const names = [...hint.matchAll(/[[<]([^\]>]+)[\]>]/g)].map(match => nameFrom(match[1] ?? ''))
  return names.every(name => name !== undefined && name.length <= 24) ? (names as string[]) : []
}

/** The positions that a text names, in order; none unless they are all of those from the first on: `$5` may be money. */
function positional(body: string): string[] {
  const spelled = /\$(?:ARGUMENTS\[(\d)\]|\{(\d)\}|(\d)(?![\d\w]|[.,]\d))/g
  const found = unique([...body.matchAll(spelled)].map(match => match[1] ?? match[2] ?? match[3] ?? '')).sort()
  const first = Number(found[0] ?? '1')
  return first <= 1 && found.every((position, index) => Number(position) === first + index) ? found : []
}

function braces(body: string): string[] {
  const found = unique([...body.matchAll(/\{\{\s*[\w.-]+\s*\}\}/g)].map(([word]) => word))
  return found.map(word => `its text has ${word}, which a package takes for a variable`)
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)]
}
