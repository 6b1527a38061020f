/** What we must have written, judged by what is there: for a ledger that was lost, or does not know of somebody else's run (D36). */
import { readBlock } from '../edit/block.ts'
import { adoptJson } from '../edit/json.ts'
import type { DesiredUnit } from './desired.ts'
import { EMPTY_LEDGER, type FilesEntry, type Ledger, type LedgerEntry } from './ledger.ts'
import { type Digest, type Disk, markOf } from './outcome.ts'

/**
 * The entries for those of `units` that are on disk exactly as given, as far as they are there at all. Units are what a package
 * would be deployed as in one of its versions.
 */
export function recall({
  units,
  disk,
  digest,
}: {
  readonly units: readonly DesiredUnit[]
  readonly disk: Disk
  readonly digest: Digest
}): Ledger {
  const entries = units.flatMap((unit): readonly LedgerEntry[] => {
    const entry = unit.form === 'files' ? recallFiles(unit, { disk, digest }) : recallPart(unit, { disk, digest })
    return entry === undefined ? [] : [entry]
  })
  return { ...EMPTY_LEDGER, entries }
}

/** A part of a file that others write too. A block tells by itself whether it is as it was written. */
function recallPart(
  unit: Exclude<DesiredUnit, { readonly form: 'files' }>,
  { disk, digest }: { readonly disk: Disk; readonly digest: Digest },
): LedgerEntry | undefined {
  const there = disk.read(unit.file)
  if (there === undefined || there === 'blocked') return undefined
  const text = new TextDecoder().decode(there.data)
  const { package: from, kind, name, platforms, file } = unit
  if (unit.form === 'json') {
    const insertion = adoptJson(text, unit)
    if (insertion === undefined) return undefined
    return { form: 'json', package: from, kind, name, platforms, file, insertion, needs: unit.needs }
  }
  const block = readBlock(text, unit.syntax)
  if (block === 'none' || 'problem' in block || block.mark !== markOf(block.body, digest)) return undefined
  return { form: 'block', package: from, kind, name, platforms, file, digest: '' }
}

/** A unit of which a file was changed is somebody's own work; one that lost a file is still ours. */
function recallFiles(
  unit: Extract<DesiredUnit, { readonly form: 'files' }>,
  { disk, digest }: { readonly disk: Disk; readonly digest: Digest },
): FilesEntry | undefined {
  const files: Record<string, string> = {}
  for (const { path, data } of unit.files) {
    const there = disk.read(path)
    if (there === undefined) continue
    if (there === 'blocked' || digest(there.data) !== digest(data)) return undefined
    files[path] = digest(data)
  }
  if (Object.keys(files).length === 0) return undefined
  const { package: from, kind, name, platforms, root } = unit
  return { form: 'files', package: from, kind, name, platforms, root, files }
}
