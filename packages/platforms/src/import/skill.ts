/** A skill of another tool: the same form everywhere, as long as its frontmatter is what packages may have (UAAPS 4). */
import { editYamlText } from '@aam/core/authoring'
import { firstLine, isName, nameFrom, readDocument, textField, writeDocument } from './document.ts'

export type ImportedSkill = { readonly name: string; readonly text: string; readonly notes: readonly string[] }

const FENCE = /^(\ufeff?---[ \t]*\r?\n)([\s\S]*?\r?\n)(---[ \t]*(?:\r?\n|$))/

/**
 * Reads a SKILL.md. One that is fine keeps every byte.
 * @param folder what its folder is called; the skill's own `name` goes before it
 */
export function importSkill(folder: string, text: string): ImportedSkill {
  const { fields, body, strict } = readDocument(text)
  const title = textField(fields, 'name')
  const name = title !== undefined && isName(title) ? title : (nameFrom(folder) ?? nameFrom(title ?? '') ?? 'skill')
  const said = textField(fields, 'description')
  const description = said ?? firstLine(body)
  const notes = [
    ...(title === undefined || title === name ? [] : [`its name '${title}' became ${name}`]),
    ...(said === undefined && description !== undefined ? ['it had no description; its first line was taken'] : []),
    ...(strict || Object.keys(fields).length === 0 ? [] : ['its frontmatter was not YAML and is written anew']),
  ]
  if (strict && title === name && said !== undefined) return { name, text, notes }
  const block = FENCE.exec(text)
  if (!strict || block === null) {
    return { name, text: writeDocument({ fields: { ...fields, name, description }, body }), notes }
  }
  const [head, open = '', yaml = '', close = ''] = block
  const edits = [
    { path: ['name'], value: name },
    ...(description === undefined ? [] : [{ path: ['description'], value: description }]),
  ]
  const edited = editYamlText(yaml, edits)
  return {
    name,
    text: `${open}${edited.endsWith('\n') ? edited : `${edited}\n`}${close}${text.slice(head.length)}`,
    notes,
  }
}

/** Whether a value is one that a platform knows and a package does not: what a document says by `${CLAUDE_PLUGIN_ROOT}`. */
export function importPluginRoot(
  text: string,
  folder: string,
): { readonly text: string; readonly files: readonly string[] } {
  const files: string[] = []
  const own = folder === '' ? undefined : `${folder}/`
  const rewritten = text.replaceAll(
    /\$\{?CLAUDE_PLUGIN_ROOT\}?(\/[\w@.+/-]*[\w@+-])?/g,
    (_, below: string | undefined) => {
      const path = (below ?? '').slice(1)
      // What is in the skill's own folder is named relative to it.
      if (own !== undefined && path.startsWith(own)) return path.slice(own.length)
      if (path !== '') files.push(path)
      return `\${PACKAGE_ROOT}${below ?? ''}`
    },
  )
  return { text: rewritten, files }
}
