/** Package documents of one run: each fetched at most once, and before it is asked for where that can be foreseen. */
import type { Several } from '@aam/client'
import {
  type InstallPolicy,
  type InstanceName,
  type KnownPackage,
  type PackageDocument,
  type PackageName,
  type Range,
  type Version,
  checkName,
  permittedReleases,
  preferred,
} from '@aam/core'

/** Documents that have arrived; `undefined` where there is none, or a policy forbids to ask for it. */
export type Documents = ReadonlyMap<PackageName, PackageDocument | undefined>

export type DocumentSource = {
  readonly registry: Several
  /** What it forbids is not asked for and counts as missing. */
  readonly policy: InstallPolicy
  /** Versions that are kept where possible. */
  readonly locked: ReadonlyMap<InstanceName, Version>
}

export type DocumentFetcher = {
  readonly arrived: Documents
  /** A package's document; one that is on its way is not asked for again. */
  readonly fetch: (name: PackageName) => Promise<PackageDocument | undefined>
  /**
   * Asks for documents that will probably be needed, and, as they arrive, for those that their likely versions need:
   * the time it takes is that of the longest chain, not of every package (README of the solver, 7). What was guessed
   * wrong is never looked at, so that guessing cannot change what is chosen.
   */
  readonly foresee: (wanted: Iterable<readonly [PackageName, readonly Range[]]>) => void
  /** What the solver may know: the versions that the policy permits. */
  readonly known: { readonly get: (name: PackageName) => KnownPackage | undefined }
}

export function createFetcher({ registry, policy, locked }: DocumentSource): DocumentFetcher {
  const arrived = new Map<PackageName, PackageDocument | undefined>()
  const requests = new Map<PackageName, Promise<PackageDocument | undefined>>()
  const guessed = new Set<string>()
  const ask = async (name: PackageName): Promise<PackageDocument | undefined> => {
    const document = checkName(policy, name) === undefined ? await registry.fetchDocument(name) : undefined
    arrived.set(name, document)
    return document
  }
  const fetch = async (name: PackageName): Promise<PackageDocument | undefined> => {
    const request = requests.get(name) ?? ask(name)
    requests.set(name, request)
    return request
  }
  const guess = async (name: PackageName, ranges: readonly Range[]): Promise<void> => {
    const document = await fetch(name)
    const version = locked.get(name)
    const kept = version === undefined ? undefined : document?.releases.get(version)
    const likely = kept ?? preferred(document?.releases.values() ?? [], ranges)
    if (likely === undefined || guessed.has(`${name}@${likely.version}`)) return
    guessed.add(`${name}@${likely.version}`)
    foresee([...likely.dependencies].map(([dependency, range]) => [dependency, [range]] as const))
  }
  const foresee: DocumentFetcher['foresee'] = wanted => {
    for (const [name, ranges] of wanted) {
      // What goes wrong with a guess is told when the document is really needed: `fetch` hands out the same promise.
      guess(name, ranges).catch(() => undefined)
    }
  }
  return {
    arrived,
    fetch,
    foresee,
    known: {
      get: name => {
        if (!arrived.has(name)) return undefined
        const document = arrived.get(name)
        return document === undefined ? 'missing' : permittedReleases(policy, document, locked.get(name))
      },
    },
  }
}
