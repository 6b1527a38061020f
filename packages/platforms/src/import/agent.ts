/** Sub-agents of other tools as agents of a package; their fields are those of Claude in all of them (UAAPS 6). */
import { type Converted, firstLine, isName, nameFrom, readDocument, textField } from './document.ts'

/** Fields that hold what has a place of its own in a package, and may hold secrets. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'mcp-servers': 'mcp/servers.json',
  mcpServers: 'mcp/servers.json',
  hooks: 'hooks/hooks.json',
}

/** @param fileName what its file is called; an agent's own `name` goes before it */
export function importAgent(fileName: string, text: string): Converted {
  const { fields, body } = readDocument(text)
  const title = textField(fields, 'name')
  const name = title !== undefined && isName(title) ? title : (nameFrom(fileName) ?? 'agent')
  const kept = Object.entries(fields).filter(([key]) => !(key in ELSEWHERE) && key !== 'name' && key !== 'description')
  return {
    name,
    document: {
      fields: {
        name,
        description: textField(fields, 'description') ?? firstLine(body),
        ...Object.fromEntries(kept),
      },
      body,
    },
    notes: [
      ...(title === undefined || title === name ? [] : [`its name '${title}' became ${name}`]),
      ...Object.entries(ELSEWHERE).flatMap(([key, place]) =>
        fields[key] === undefined ? [] : [`its ${key} are left out: a package has them in ${place}`],
      ),
    ],
  }
}
