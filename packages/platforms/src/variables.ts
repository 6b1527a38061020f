/** What a command asks for, and how the `{{name}}` in its body become what a platform replaces (UAAPS 5). */
import type { Variable } from './artifacts.ts'
import { append, oneLine } from './prose.ts'

/** How a platform writes a variable; `next` is the character that follows it in the text. */
export type Spelling = (variable: Variable, index: number, next: string) => string

/** `body` with every `{{name}}` of a variable spelled; others stay, because they mean something to somebody else. */
export function spellVariables(body: string, variables: readonly Variable[], spell: Spelling): string {
  const indexes = new Map(variables.map(({ name }, index) => [name, index]))
  return body.replace(/\{\{[ \t]*([\w-]+)[ \t]*\}\}/g, (written: string, name: string, offset: number) => {
    const index = indexes.get(name)
    const variable = index === undefined ? undefined : variables[index]
    if (index === undefined || variable === undefined) return written
    return spell(variable, index, body.charAt(offset + written.length))
  })
}

/** What is to be known about a variable besides its name and description: `required`, `one of a, b`, `a when not given`. */
export function notesOn({ required, choices, fallback }: Variable): string[] {
  return [
    ...(required && fallback === undefined ? ['required'] : []),
    ...(choices.length > 0 ? [`one of ${choices.map(oneLine).join(', ')}`] : []),
    ...(fallback === undefined ? [] : [`${oneLine(fallback)} when not given`]),
  ]
}

/** Variables as a Markdown list, for the agent to read. */
export function listVariables(variables: readonly Variable[], spell: (variable: Variable) => string): string {
  return variables
    .map(variable => {
      const description = oneLine(variable.description ?? '')
      const notes = notesOn(variable).join('; ')
      const said = [description, ...(notes === '' ? [] : [description === '' ? notes : `(${notes})`])]
      const text = said.filter(part => part !== '').join(' ')
      return `- \`${spell(variable)}\`${text === '' ? '' : `: ${text}`}`
    })
    .join('\n')
}

/** For platforms that replace variables and know nothing of choices and defaults: what the replaced text cannot say. */
export function appendDefaults(body: string, variables: readonly Variable[]): string {
  const unsaid = variables.filter(({ choices, fallback }) => choices.length > 0 || fallback !== undefined)
  return unsaid.length === 0 ? body : append(body, `## Inputs\n\n${listVariables(unsaid, ({ name }) => name)}`)
}
