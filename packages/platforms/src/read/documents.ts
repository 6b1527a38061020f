/** Artifacts that are texts: skills, commands, agents and rules (UAAPS 4–7). */
import type { Artifact } from '@aam/core/authoring'
import { readFrontmatter, readYamlText, resolveInside } from '@aam/core/authoring'
import type { Agent, Command, Document, Rule, RuleMode, Skill, Variable } from '../artifacts.ts'
import { type Reader, asList, asObject, asText } from './reader.ts'

/** An artifact that is there, with what the manifest says it does. */
export type Found = Pick<Artifact, 'name' | 'main' | 'folder'> & {
  readonly text: string
  readonly description: string | undefined
}

export function readSkill(found: Found, reader: Reader): Skill {
  const folder = found.folder
  const start = folder === undefined || folder === '' ? 0 : folder.length + 1
  const files = (folder === undefined ? [] : reader.below(folder)).filter(({ path }) => path !== found.main)
  return {
    name: found.name,
    document: { ...readDocument(found, reader), raw: found.text },
    files: files.map(file => ({ ...file, path: file.path.slice(start) })),
  }
}

export function readCommand(found: Found, reader: Reader): Command {
  const document = readDocument(found, reader)
  const { variables } = document.fields
  if (variables !== undefined && !Array.isArray(variables)) {
    reader.warn(found.main, 'variables must be a list; it is ignored')
  }
  return {
    name: found.name,
    description: asText(document.fields['description']),
    variables: (Array.isArray(variables) ? (variables as readonly unknown[]) : []).flatMap(entry => {
      const variable = readVariable(entry)
      if (variable === undefined) reader.warn(found.main, 'a variable without a name is ignored')
      return variable ?? []
    }),
    document,
  }
}

function readVariable(value: unknown): Variable | undefined {
  const fields = asObject(value)
  const name = asText(fields?.['name'])
  if (fields === undefined || name === undefined) return undefined
  return {
    name,
    description: asText(fields['description']),
    required: fields['required'] === true,
    choices: asList(fields['enum']),
    fallback: asText(fields['default']),
  }
}

export function readAgent(found: Found, reader: Reader): Agent {
  const isYaml = /\.ya?ml$/.test(found.main)
  const { fields, body } = isYaml ? readAgentYaml(found, reader) : readDocument(found, reader)
  return {
    name: found.name,
    description: asText(fields['description']),
    prompt: body.trim(),
    tools: readTools(fields['tools'], message => {
      reader.warn(found.main, message)
    }),
    model: asText(fields['model']),
    skills: asList(fields['skills']),
    fields,
  }
}

/** `agent.yaml` with the text of its system prompt, whose frontmatter describes the agent when the YAML does not. */
function readAgentYaml(found: Found, reader: Reader): Document {
  const source = readYamlText(found.text, found.main)
  const own = source.problems.length === 0 ? asObject(source.value) : undefined
  for (const problem of source.problems) reader.warn(at(found.main, problem.line), problem.message)
  if (own === undefined && source.problems.length === 0) reader.warn(found.main, 'it must be keys and values')
  const fields = own ?? simpleFields(found.text)
  const named = asText(fields['system_prompt']) ?? 'system-prompt.md'
  const path = resolveInside(found.main, named)
  const text = path === undefined ? undefined : reader.text(path)
  if (path === undefined || text === undefined) {
    reader.warn(found.main, `there is no ${named}, so the agent has no system prompt`)
    return { fields: described(fields, found.description), body: '' }
  }
  const prompt = readFrontmatter(text, path)
  const description = asText(prompt?.fields['description']) ?? found.description
  return { fields: described(fields, description), body: prompt?.body ?? text }
}

/** Tools as a list, as text with commas, or as `{read: true, write: false}`. */
function readTools(value: unknown, warn: (message: string) => void): string[] {
  const switches = asObject(value)
  const tools = switches === undefined ? asList(value) : Object.keys(switches).filter(tool => switches[tool] === true)
  // To say nothing is to allow everything: what was meant to restrict must not be lost in silence.
  if (tools.length === 0 && value !== undefined && value !== null) {
    warn('tools names no tool, so the agent may use every tool')
  }
  return tools
}

export function readRule(found: Found, reader: Reader): Rule {
  const { fields, body } = readDocument(found, reader)
  const apply = asObject(fields['apply'])
  const globs = asList(apply?.['globs'] ?? fields['globs'])
  const description = asText(fields['description'])
  const mode = readMode(apply?.['mode'])
  if (mode === undefined && apply?.['mode'] !== undefined) {
    const said = JSON.stringify(apply['mode'])
    reader.warn(found.main, `${said} is no mode of a rule (always, intelligent, files, manual); it is guessed`)
  }
  const guessed = mode ?? guessMode(fields['alwaysApply'], { globs, description })
  if (guessed === 'files' && globs.length === 0) {
    reader.warn(found.main, 'it applies to files but has no globs, so it applies always')
  }
  const applies = guessed === 'files' && globs.length === 0 ? 'always' : guessed
  return { name: found.name, description, mode: applies, globs: applies === 'files' ? globs : [], body }
}

function readMode(value: unknown): RuleMode | undefined {
  return value === 'always' || value === 'intelligent' || value === 'files' || value === 'manual' ? value : undefined
}

type Hints = { readonly globs: readonly string[]; readonly description: string | undefined }

/** The mode of a rule that does not name one; one that says nothing at all applies always, as agents read it. */
function guessMode(alwaysApply: unknown, { globs, description }: Hints): RuleMode {
  if (alwaysApply === true) return 'always'
  if (globs.length > 0) return 'files'
  if (alwaysApply !== false) return 'always'
  return description === undefined ? 'manual' : 'intelligent'
}

/** A Markdown file. Without frontmatter all of it is body; of frontmatter that is not YAML the simple lines are used. */
function readDocument(found: Found, reader: Reader): Document {
  const front = readFrontmatter(found.text, found.main)
  if (front === undefined) {
    reader.warn(found.main, 'it has no frontmatter (--- name, description ---)')
    return { fields: described({}, found.description), body: found.text }
  }
  for (const problem of front.problems) reader.warn(at(found.main, problem.line), problem.message)
  const yaml = found.text.slice(0, found.text.length - front.body.length)
  const fields = front.problems.length === 0 ? front.fields : simpleFields(yaml)
  return { fields: described(fields, found.description), body: front.body }
}

/** The lines `key: text` of a text that is nearly YAML. Most of what breaks is a colon or a tab in another one. */
function simpleFields(text: string): Record<string, string> {
  const lines = text.matchAll(/^([A-Za-z][\w-]*):[ \t]+([^\s'"[\]{}|>&*!#%@`-].*?)[ \t]*\r?$/gm)
  return Object.fromEntries([...lines].map(match => [match[1] ?? '', match[2] ?? '']))
}

function described(
  fields: Readonly<Record<string, unknown>>,
  description: string | undefined,
): Readonly<Record<string, unknown>> {
  return asText(fields['description']) !== undefined || description === undefined ? fields : { ...fields, description }
}

function at(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file}:${String(line)}`
}
