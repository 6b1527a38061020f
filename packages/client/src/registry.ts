import type {
  Approval,
  DeprecateRequest,
  Deprecation,
  Integrity,
  PackageDocument,
  PackageName,
  PackageSummary,
  ReviewStatus,
  Tag,
  TagMove,
  Version,
  Visibility,
  Yank,
  YankRequest,
} from '@aam/core'
import { routes } from '@aam/core/wire'

export type PublishOptions = {
  /** A tag to set beside `latest`. */
  readonly tag?: Tag | undefined
  /** Leave `latest` where it is (D11). */
  readonly keepLatest?: boolean
  /** Move a protected tag (D12). */
  readonly force?: boolean
  /** Decide, and change nothing. */
  readonly dryRun?: boolean
  /** Who may see the package, where that can be said; `public` for a new one when absent. */
  readonly access?: Visibility | undefined
}

export type Published = {
  readonly kind: 'publish' | 'unchanged'
  readonly name: PackageName
  readonly version: Version
  readonly integrity: Integrity
  /** Bytes of the archive. */
  readonly size: number
  readonly tags: readonly TagMove[]
  /** `waiting`: nobody sees the version, and no tag is set, until it is approved (D30). */
  readonly state?: 'visible' | 'waiting'
}

/** What a server knows about a version, beside what is in the document. */
export type VersionFacts = {
  readonly publisher: string
  readonly status: ReviewStatus
  /** The last word of each approver, and those before it, oldest first. */
  readonly approvals: readonly Approval[]
  readonly downloads: number
}

/** A package that a registry has and cannot read. */
export type BrokenPackage = { readonly name: string; readonly why: string }

export type SearchResult = {
  /** Best first (`rankPackages`). */
  readonly packages: readonly PackageSummary[]
  /** Packages that could not be looked at; the others are all there. */
  readonly broken: readonly BrokenPackage[]
}

/**
 * A registry, seen from outside: the one port that a folder and a server implement. What is allowed is decided by core,
 * the same for both.
 */
export type Registry = {
  /** Base address, without a final slash: `file:///opt/registry`. */
  readonly address: string
  /** What the registry says about a package; `undefined` when it does not have it. Never a stale or half-written answer. */
  readonly fetchDocument: (name: PackageName) => Promise<PackageDocument | undefined>
  /** What is known about a version that a document names; `undefined` where nobody keeps it: in a folder. */
  readonly fetchVersionFacts: (name: PackageName, version: Version) => Promise<VersionFacts | undefined>
  /** The archive of a version that a document names. Not verified: whoever unpacks it verifies it. */
  readonly fetchArchive: (name: PackageName, version: Version) => Promise<Uint8Array>
  /** Publishes an archive under the name and version that its manifest gives. Safe to repeat. */
  readonly publish: (archive: Uint8Array, options: PublishOptions) => Promise<Published>
  readonly setTag: (
    name: PackageName,
    change: { readonly tag: Tag; readonly version: Version; readonly force: boolean },
  ) => Promise<TagMove>
  /** Removes a tag; returns the version it pointed to. */
  readonly removeTag: (name: PackageName, change: { readonly tag: Tag; readonly force: boolean }) => Promise<Version>
  /**
   * Deprecates every version that a range selects, or takes that back. Installing them goes on, with a warning. Safe to
   * repeat.
   * @throws PACKAGE_NOT_FOUND, VERSION_NOT_MATCHED, DEPRECATION_INVALID
   */
  readonly deprecate: (name: PackageName, request: DeprecateRequest) => Promise<Deprecation>
  /**
   * Yanks a version, or takes that back (D45): only locks that name it install it from then on. Safe to repeat.
   * @throws PACKAGE_NOT_FOUND, VERSION_NOT_FOUND
   */
  readonly yank: (name: PackageName, request: YankRequest) => Promise<Yank>
  /** The packages that all the words match, in their names, keywords or descriptions. Never a stale answer. */
  readonly search: (words: readonly string[]) => Promise<SearchResult>
  /** Names the registry has, to say what a misspelt one may have meant. */
  readonly listNames: () => Promise<string[]>
}

/** Where a version's archive is, below a registry's address: a server has addresses (D24), a folder has files (D2). */
export function tarballAddress(registry: string, name: PackageName, version: Version): string {
  return /^https?:/i.test(registry)
    ? `${registry}${routes.tarball(name, version)}`
    : `${registry}/packages/${name}/versions/${version}.aam`
}
