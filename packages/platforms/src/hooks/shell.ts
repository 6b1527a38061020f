/** Commands of a package with the package's folder put in, so that a POSIX shell reads it as one word. */

const MARK = '${PACKAGE_ROOT}'

/** A folder: absolute, or below the one that `variable` holds when the command runs, or below where it runs. */
export type ShellFolder = { readonly variable: string | undefined; readonly path: string }

/**
 * `command` with every `${PACKAGE_ROOT}` replaced, quoted as its place needs: bare, in `"…"`, in `'…'`, in `$(…)`. One that is
 * escaped stays as it is.
 */
export function placeRoot(command: string, folder: ShellFolder): string {
  const { variable, path } = folder
  const below = variable === undefined ? path : path === '.' ? '' : `/${path}`
  const bare = (variable === undefined ? '' : `"${variable}"`) + (below === '' ? '' : quoteWord(below))
  const quoted = (variable ?? '') + escapeQuoted(below)
  // What encloses the character at `at`, the innermost last: `$(` inside quotes starts afresh.
  const around: ('command' | 'quotes')[] = ['command']
  let placed = ''
  let at = 0
  const copy = (length: number): void => {
    placed += command.slice(at, at + length)
    at += length
  }
  while (at < command.length) {
    const inQuotes = around.at(-1) === 'quotes'
    if (command.startsWith(MARK, at)) {
      placed += inQuotes ? quoted : bare
      at += MARK.length
    } else if (command[at] === '\\') copy(2)
    else if (command[at] === "'" && !inQuotes) {
      const end = command.indexOf("'", at + 1)
      const text = command.slice(at, end === -1 ? command.length : end + 1)
      placed += text.replaceAll(MARK, () => `'${bare}'`)
      at += text.length
    } else if (command[at] === '"') {
      if (inQuotes) around.pop()
      else around.push('quotes')
      copy(1)
    } else if (command.startsWith('$(', at)) {
      around.push('command')
      copy(2)
    } else if (command[at] === '(' && !inQuotes) {
      around.push('command')
      copy(1)
    } else {
      if (command[at] === ')' && !inQuotes && around.length > 1) around.pop()
      copy(1)
    }
  }
  return placed
}

/** A text as one word of a command; left bare when a shell sees nothing special in it. */
export function quoteWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function escapeQuoted(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&')
}
