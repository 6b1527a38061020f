/**
 * Patterns over package names, as `blocked_packages` and `aam list` take them: `*` stands for any characters but `/`, and
 * alone for every name.
 */

const PATTERN = /^[a-z0-9@/*_-]{1,140}$/

/** Why `text` is not a pattern; `undefined` when it is one. */
export function explainPattern(text: string): string | undefined {
  if (PATTERN.test(text)) {
    return text.startsWith('@') && !text.includes('/')
      ? `no name is like that; write ${text}/* for a whole scope`
      : undefined
  }
  return 'patterns are names with * for any characters but a slash, as in @team/* or lint-*'
}

/** Whether a name, or any other text, is one that `pattern` stands for. Takes time in proportion to both, never more. */
export function matchesName(pattern: string, name: string): boolean {
  if (pattern === '*') return true
  // The last star, and how far what it stands for reaches: on a mismatch it takes one character more.
  let star = -1
  let taken = 0
  let at = 0
  let index = 0
  while (index < name.length) {
    if (pattern[at] === '*') {
      star = at++
      taken = index
    } else if (pattern[at] === name[index]) {
      at++
      index++
    } else if (star !== -1 && name[taken] !== '/') {
      at = star + 1
      index = ++taken
    } else return false
  }
  while (pattern[at] === '*') at++
  return at === pattern.length
}
