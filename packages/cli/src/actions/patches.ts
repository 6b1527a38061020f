/** Differences between two texts as people read them: unified diffs. */
import { isUtf8 } from 'node:buffer'

export type Patch = {
  readonly path: string
  /** The unified diff; `null` where none is shown. */
  readonly text: string | null
  readonly why: 'binary' | 'too large' | null
}

/** Makes the patch of one file; `undefined` for a side means that there is no such file, and as result that no text differs. */
export type PatchMaker = (path: string, from: Uint8Array | undefined, to: Uint8Array | undefined) => Patch | undefined

/** Larger files are not read by people either. */
const LARGEST_TEXT = 512 * 1024
/** Lines that differ, beyond which finding the shortest way from one text to the other takes too long. */
const MOST_EDITS = 3000
const NOTHING = new Uint8Array()

/** Loads what makes patches, which only few commands need. */
export async function loadPatchMaker(): Promise<PatchMaker> {
  const { FILE_HEADERS_ONLY, createTwoFilesPatch } = await import('diff')
  return (path, from, to) => {
    const sides = [from ?? NOTHING, to ?? NOTHING] as const
    if (!sides.every(isText)) return { path, text: null, why: 'binary' }
    if (sides.some(({ length }) => length > LARGEST_TEXT)) return { path, text: null, why: 'too large' }
    const [fromText, toText] = sides.map(data => Buffer.from(data).toString('utf8'))
    const text = createTwoFilesPatch(
      from === undefined ? '/dev/null' : `a/${path}`,
      to === undefined ? '/dev/null' : `b/${path}`,
      fromText ?? '',
      toText ?? '',
      undefined,
      undefined,
      { context: 3, maxEditLength: from && to ? MOST_EDITS : Infinity, headerOptions: FILE_HEADERS_ONLY },
    )
    if (text === undefined) return { path, text: null, why: 'too large' }
    // Only the mode differs, or an empty file came or went: a list of files says it all.
    return text.includes('\n@@ ') ? { path, text, why: null } : undefined
  }
}

function isText(data: Uint8Array): boolean {
  return isUtf8(data) && !data.includes(0)
}
