/** Names of deployed skills: `[a-z0-9-]`, 1 to 64 characters, no `--`, no hyphen at an end (agentskills). */

const LONGEST = 64
const SKILL_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

export function isSkillName(text: string): boolean {
  return text.length <= LONGEST && SKILL_NAME.test(text)
}

/** `text` when it is a skill's name, else the nearest name; long ones are cut and end in a mark of the whole text. */
export function toSkillName(text: string): string {
  if (isSkillName(text)) return text
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  if (plain !== '' && plain.length <= LONGEST) return plain
  const head = plain.slice(0, LONGEST - MARK - 1).replace(/-$/, '')
  return head === '' ? `skill-${markOf(text)}` : `${head}-${markOf(text)}`
}

const MARK = 8

/** FNV-1a of the text's UTF-16 units, in hexadecimal: tells apart what was cut at the same place, and guards nothing. */
function markOf(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  }
  return hash.toString(16).padStart(MARK, '0')
}
