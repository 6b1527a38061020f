/** Many documents in one answer: those that were asked for, and those that their likely versions need. */
import {
  type PackageDocument,
  type PackageName,
  type Range,
  decodeDocument,
  mayRead,
  preferred,
  requireReader,
} from '@aam/core'
import { type Caller, type Deps, accessRules } from './deps.ts'
import type { Reader, Served } from './served.ts'

export type MetadataRequest = {
  readonly roots: ReadonlyMap<PackageName, Range | undefined>
  /** ETags of what the client has, by name. */
  readonly known: ReadonlyMap<string, string>
  /** Roots that are no names: nobody has published them. */
  readonly impossible: readonly string[]
}

/** Pieces of the answer's JSON, in order; joined they are a `MetadataAnswer`. */
export type MetadataPieces = readonly (string | Buffer)[]

/** An answer is cut off at so many packages and bytes; the client asks for the rest one by one. */
const MOST_PACKAGES = 2000
const MOST_BYTES = 32 * 1024 * 1024

/** @throws UNAUTHORIZED */
export function readMetadata(
  deps: Deps & { readonly reader: Reader },
  { actor }: Caller,
  { roots, known, impossible }: MetadataRequest,
): MetadataPieces {
  const rules = accessRules(deps)
  requireReader(actor, undefined, rules)
  const pieces: (string | Buffer)[] = []
  const missing: string[] = [...impossible]
  const seen = new Set(roots.keys())
  const queue = [...roots].map(([name, range]) => ({ name, ranges: range === undefined ? [] : [range] }))
  let bytes = 0
  for (const { name, ranges } of queue) {
    if (bytes > MOST_BYTES) break
    const served = deps.reader.document(name)
    if (served === undefined || served.empty || !mayRead(actor, served.access, rules)) {
      missing.push(name)
      continue
    }
    const piece =
      known.get(name) === served.etag
        ? ['null']
        : [`{"etag":${JSON.stringify(served.etag)},"document":`, served.plain, '}']
    pieces.push(`${pieces.length === 0 ? '' : ','}${JSON.stringify(name)}:`, ...piece)
    bytes += served.plain.length
    for (const [dependency, range] of likelyNeeds(served, ranges)) {
      if (seen.has(dependency) || seen.size >= MOST_PACKAGES) continue
      seen.add(dependency)
      queue.push({ name: dependency, ranges: [range] })
    }
  }
  return ['{"packages":{', ...pieces, `},"missing":${JSON.stringify(missing)}}`]
}

function likelyNeeds(served: Served, ranges: readonly Range[]): ReadonlyMap<PackageName, Range> {
  const document = decode(served)
  return preferred(document?.releases.values() ?? [], ranges)?.dependencies ?? new Map<PackageName, Range>()
}

const decoded = new WeakMap<Served, PackageDocument>()

/** Decoding costs more than everything else here; what is served stays the same object as long as it is right. */
function decode(served: Served): PackageDocument | undefined {
  const known = decoded.get(served)
  if (known !== undefined) return known
  const document = decodeDocument(JSON.parse(served.plain.toString('utf8')))
  if ('why' in document) return undefined
  decoded.set(served, document)
  return document
}
