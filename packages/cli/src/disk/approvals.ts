/** The list of approvals on disk: `.aam/approvals.json`, committed with the project. */
import { readIfThere, readUtf8, writeFileAtomic } from '@aam/client/files'
import { fail } from '@aam/core'
import { type Approvals, decodeApprovals, encodeApprovals } from '@aam/platforms'

/** @throws FILE_INVALID */
export function readApprovals(file: string): Approvals {
  const bytes = readIfThere(file)
  if (bytes === undefined) return new Map()
  const text = readUtf8(bytes)
  if (text === undefined) {
    return fail('FILE_INVALID', {
      what: 'The list of approvals',
      file,
      problems: [{ severity: 'error', file, message: 'it is not UTF-8 text' }],
    })
  }
  return decodeApprovals(text, file)
}

export function writeApprovals(file: string, approvals: Approvals): void {
  writeFileAtomic(file, encodeApprovals(approvals))
}
