/** Packages from one registry into another, with all their versions and tags. */
import { fileURLToPath } from 'node:url'
import {
  type Import,
  type ImportOptions,
  type Registry,
  type Several,
  checkFolder,
  importIntoFolder,
  importIntoRegistry,
  initFolderRegistry,
  openFolderRegistry,
  openSeveral,
} from '@aam/client'
import {
  AamError,
  type ImportDecision,
  type KeptTag,
  type PackageName,
  explainName,
  fail,
  isAamError,
  isFailure,
} from '@aam/core'
import { registryFolder } from '../disk/config.ts'
import { findProject } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { type ChosenNames, chooseNames } from './choose-names.ts'
import { notFound, openRegistry } from './open-registry.ts'

export type TransferRequest = ImportOptions & {
  /** The folder registry at the other end. */
  readonly folder: string
  /** Names, or patterns with `*`; none: everything. */
  readonly words: readonly string[]
  readonly registry: string | undefined
}

export type TransferredPackage = {
  readonly name: string
  /** The registry that has it now: a folder, or an address. */
  readonly to: string
  /** Versions which that registry did not have, lowest first. */
  readonly added: readonly string[]
  /** How many it had already, with the same contents. */
  readonly kept: number
  readonly states: readonly { readonly version: string; readonly deprecated: string | null; readonly yanked: boolean }[]
  readonly tags: readonly { readonly tag: string; readonly from: string | null; readonly to: string }[]
  readonly keptTags: readonly {
    readonly tag: string
    readonly offered: string
    readonly current: string | null
    readonly why: KeptTag['why']
  }[]
}

export type FailedPackage = {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly hint: string | null
}

export type TransferResult = {
  readonly kind: 'import' | 'export'
  /** Registries: folders, or addresses. */
  readonly from: string
  readonly to: string
  readonly dryRun: boolean
  readonly packages: readonly TransferredPackage[]
  readonly failed: readonly FailedPackage[]
}

/**
 * Exports from what is configured, or from the registry that `--registry` names, into a folder, which is made a registry
 * when it is missing.
 * @throws what concerns more than one package: as `openRegistry` and `initFolderRegistry`, BUSY, FILE_SYSTEM
 */
export async function exportPackages(context: Context, request: TransferRequest): Promise<TransferResult> {
  const { folder, configured: source } = await openEnds(context, request)
  source.openAll()
  const wanted = await chooseNames(source, request.words)
  if (request.dryRun) checkFolder(folder)
  else await initFolderRegistry(folder)
  const into = async (what: Import): Promise<Imported> => ({
    to: folder,
    decision: await importIntoFolder(writerFor(context, folder), what, request),
  })
  const moved = await transfer(context, { source, wanted, into })
  return { kind: 'export', from: placeName(source.address), to: folder, dryRun: request.dryRun, ...moved }
}

/**
 * Imports from a folder registry of either layout into the configured registry that a name belongs to, or into the one
 * that `--registry` names.
 * @throws what concerns more than one package: as `openRegistry` and `openFolderRegistry`, REGISTRY_READ_ONLY, BUSY,
 *   FILE_SYSTEM
 */
export async function importPackages(context: Context, request: TransferRequest): Promise<TransferResult> {
  const { folder, configured: target } = await openEnds(context, request)
  const open = (): Registry => openFolderRegistry({ root: folder, now: context.world.now })
  const source = openSeveral([{ label: 'default', scopes: [], open }])
  source.open()
  const wanted = await chooseNames(source, request.words)
  const into = async (what: Import): Promise<Imported> => {
    const to = placeName(target.addressOf(what.incoming.name))
    const decision = isFolder(target.addressOf(what.incoming.name))
      ? await importIntoFolder(writerFor(context, to), what, request)
      : await importIntoRegistry(target, what, request)
    return { to, decision }
  }
  const moved = await transfer(context, { source, wanted, into })
  return { kind: 'import', from: folder, to: placeName(target.address), dryRun: request.dryRun, ...moved }
}

async function openEnds(
  context: Context,
  { folder: value, registry: flag }: TransferRequest,
): Promise<{ readonly folder: string; readonly configured: Several }> {
  const folder = registryFolder({ value, folder: context.world.cwd })
  const project = findProject(context.world.cwd)?.folder
  const { registry: configured } = await openRegistry(context, { project, flag })
  if (placeName(configured.address) === folder) {
    fail('USAGE', { message: `${folder} is both ends`, hint: 'name the other registry with --registry' })
  }
  return { folder, configured }
}

type Transfer = {
  readonly source: Several
  readonly wanted: ChosenNames
  readonly into: (what: Import) => Promise<Imported>
}

type Imported = { readonly to: string; readonly decision: ImportDecision }

function writerFor({ world, report }: Context, root: string): Parameters<typeof importIntoFolder>[0] {
  return {
    root,
    now: world.now,
    onWait: owner => {
      report({ kind: 'notice', message: `Waiting for ${owner}, which is writing to the registry` })
    },
  }
}

/** One package after the other; one that fails does not stop those after it. */
async function transfer(
  context: Context,
  { source, wanted: { names, exact, unmatched, impossible }, into }: Transfer,
): Promise<Pick<TransferResult, 'packages' | 'failed'>> {
  const { report } = context
  const packages: TransferredPackage[] = []
  const failed = [
    ...unmatched.map(name => describeFailure(name, notThere(name, source))),
    ...impossible.map(name => describeFailure(name, impossibleName(name, source))),
  ]
  for (const [index, name] of names.entries()) {
    report({ kind: 'progress', phase: 'Copying packages', done: index, total: names.length })
    try {
      const incoming = await source.fetchDocument(name)
      if (incoming === undefined) {
        if (exact.has(name)) await notFound(source, name)
        continue
      }
      const { to, decision } = await into({ source, incoming })
      packages.push(describePackage(name, to, decision))
    } catch (error) {
      failed.push(describeFailure(name, packageFailure(error)))
    }
  }
  return { packages, failed }
}

function describePackage(
  name: PackageName,
  to: string,
  { added, kept, states, tags, keptTags }: ImportDecision,
): TransferredPackage {
  return {
    name,
    to,
    added,
    kept: kept.length,
    states: states.map(state => ({ ...state, deprecated: state.deprecated ?? null })),
    tags: tags.map(move => ({ ...move, from: move.from ?? null })),
    keptTags: keptTags.map(kept => ({ ...kept, current: kept.current ?? null })),
  }
}

/** What would meet every other package too. */
const STOPPING: ReadonlySet<string> = new Set([
  ...['REGISTRY_READ_ONLY', 'REGISTRY_NOT_FOUND', 'BUSY'],
  ...['REGISTRY_UNREACHABLE', 'REGISTRY_UNAVAILABLE', 'REGISTRY_FULL', 'UNAUTHORIZED', 'RATE_LIMITED'],
])
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE'])

/** The failure of one package. Throws `error` again when it is not this package's own. */
function packageFailure(error: unknown): AamError {
  if (isAamError(error)) {
    const full = isFailure(error, 'FILE_SYSTEM') && FULL.has(error.facts.code)
    if (full || STOPPING.has(error.code)) throw error
    return error
  }
  const { code, path, syscall } = Object(error) as NodeJS.ErrnoException
  if (code === undefined || path === undefined || FULL.has(code)) throw error
  return new AamError('FILE_SYSTEM', { code, path, doing: syscall ?? 'read' }, { cause: error })
}

function describeFailure(name: string, { code, message, hint }: AamError): FailedPackage {
  return { name, code, message, hint: hint ?? null }
}

function notThere(name: string, { address }: Registry): AamError {
  return new AamError('PACKAGE_NOT_FOUND', { name, registry: address })
}

function impossibleName(name: string, { address }: Registry): AamError {
  const why = `'${name}' can be no package's name: ${explainName(name) ?? ''}`
  return new AamError('REGISTRY_BROKEN', { file: `${address}/packages`, why })
}

function isFolder(address: string): boolean {
  return address.startsWith('file:')
}

/** A registry as people call it: the path of its folder, or its address. */
function placeName(address: string): string {
  return isFolder(address) ? fileURLToPath(address) : address
}
