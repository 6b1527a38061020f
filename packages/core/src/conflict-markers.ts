/** What Git leaves in a file that it could not merge. */
import type { Problem } from './failures.ts'
const MARKER = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\r?$/

/** Whether a text has conflict markers; the line of the first one, from 1. */
export function hasConflict(text: string): number | undefined {
  // Nearly every text has none, and taking a long one apart to find that out takes long.
  if (!/^[<=>]{7}/m.test(text)) return undefined
  const at = text.split('\n').findIndex(line => MARKER.test(line) && !line.startsWith('|'))
  return at === -1 ? undefined : at + 1
}

/** The problem that a file somebody writes by hand has then; `undefined` when it has none. */
export function conflictProblem(text: string, file: string): Problem | undefined {
  const line = hasConflict(text)
  if (line === undefined) return undefined
  const message = 'it has Git conflict markers'
  return {
    severity: 'error',
    file,
    line,
    message,
    hint: 'decide between the two sides, then run the same command again',
  }
}

/**
 * The two texts that Git could not merge; `undefined` when the markers are not whole. The common ancestor that `diff3`
 * and `zdiff3` show is left out.
 */
export function splitConflict(text: string): { readonly ours: string; readonly theirs: string } | undefined {
  const ours: string[] = []
  const theirs: string[] = []
  let part: 'both' | 'ours' | 'ancestor' | 'theirs' = 'both'
  for (const line of text.split('\n')) {
    const marker = MARKER.test(line) ? line.slice(0, 1) : ''
    if (marker === '<' && part === 'both') part = 'ours'
    else if (marker === '|' && part === 'ours') part = 'ancestor'
    else if (marker === '=' && (part === 'ours' || part === 'ancestor')) part = 'theirs'
    else if (marker === '>' && part === 'theirs') part = 'both'
    else if (marker !== '') return undefined
    else {
      if (part === 'both' || part === 'ours') ours.push(line)
      if (part === 'both' || part === 'theirs') theirs.push(line)
    }
  }
  return part === 'both' ? { ours: ours.join('\n'), theirs: theirs.join('\n') } : undefined
}
