/** What an import has gathered so far: files of the new package, and what has to be said about them. */
import { explainPath } from '@aam/archive'
import { readUtf8 } from '@aam/client/files'
import type { PackageFile, Problem } from '@aam/core'
import {
  type Candidate,
  type Document,
  type FoundHook,
  type Server,
  type ServerInput,
  saysNothingNew,
} from '@aam/platforms'
import type { SourceTree } from '../../disk/source-tree.ts'

export type TakenPart = {
  readonly kind: Candidate['kind'] | 'scripts'
  readonly name: string
  /** Relative to the source. */
  readonly from: string
  /** Relative to the package. */
  readonly to: string
}

/** Something of the source that is not in the package. */
export type LeftOut = { readonly file: string; readonly why: string }

export type Basket = {
  readonly tree: SourceTree
  /** Files of the package by their paths. */
  readonly files: Map<string, PackageFile>
  /** Where each of them came from. */
  readonly origins: Map<string, string>
  readonly documents: Map<string, Document>
  readonly hooks: { readonly hook: FoundHook['hook']; readonly from: string }[]
  readonly servers: Map<string, { readonly server: Server; readonly from: string }>
  readonly inputs: Map<string, ServerInput>
  /** Variables that stand for secrets, and what each is. */
  readonly secrets: Map<string, string>
  readonly taken: TakenPart[]
  readonly leftOut: LeftOut[]
  readonly warnings: Problem[]
  /** Paths of the source that were looked at. */
  readonly used: Set<string>
}

export function startBasket(tree: SourceTree): Basket {
  return {
    tree,
    files: new Map(),
    origins: new Map(),
    documents: new Map(),
    hooks: [],
    servers: new Map(),
    inputs: new Map(),
    secrets: new Map(),
    taken: [],
    leftOut: [],
    warnings: [],
    used: new Set(),
  }
}

export function leaveOut({ leftOut }: Basket, file: string, why: string): void {
  if (!leftOut.some(each => each.file === file && each.why === why)) leftOut.push({ file, why })
}

export function warnAbout({ warnings }: Basket, file: string, messages: readonly string[]): void {
  for (const message of messages) {
    if (warnings.some(each => each.file === file && each.message === message)) continue
    warnings.push({ severity: 'warning', file, message })
  }
}

/** The text of a file of the source; `undefined` when it is not text, which is said. */
export function readText(basket: Basket, path: string): string | undefined {
  basket.used.add(path)
  const text = readUtf8(Buffer.from(basket.tree.read(path).data))
  if (text === undefined) leaveOut(basket, path, 'it is not UTF-8 text')
  return text
}

/** Adds a file; one whose path no archive may hold is left out, which is said. */
export function addFile(basket: Basket, from: string, file: PackageFile): void {
  const why = explainPath(file.path)
  if (why !== undefined) {
    leaveOut(basket, from, `its path in the package ${why}`)
    return
  }
  basket.files.set(file.path, file)
  basket.origins.set(file.path, from)
}

/** Whether files may be added: what is there already is the same. */
export function conflictWith(basket: Basket, files: readonly PackageFile[]): string | undefined {
  const other = files.find(({ path, data }) => {
    const there = basket.files.get(path)
    return there !== undefined && Buffer.compare(there.data, data) !== 0
  })
  return other === undefined
    ? undefined
    : `${other.path} came from ${basket.origins.get(other.path) ?? 'elsewhere'}, and is something else there`
}

/** Whether the document at `to` is still to be taken. One that was taken from elsewhere and says the same is enough. */
export function isNewDocument(basket: Basket, part: TakenPart, document: Document): boolean {
  const twin = basket.documents.get(part.to)
  if (twin === undefined) return true
  if (!saysNothingNew(twin, document)) leaveOut(basket, part.from, takenAlready(basket, part))
  return false
}

/** Why the second of two that have one name is left out. */
export function takenAlready(basket: Basket, { kind, name, to }: Pick<TakenPart, 'kind' | 'name' | 'to'>): string {
  const first = basket.origins.get(to) ?? basket.taken.find(each => each.kind === kind && each.name === name)?.from
  return `${SINGULAR[kind]} ${name} came from ${first ?? 'elsewhere'}, and this one differs`
}

const SINGULAR: Readonly<Record<TakenPart['kind'], string>> = {
  skills: 'the skill',
  commands: 'the command',
  agents: 'the agent',
  rules: 'the rule',
  hooks: 'the hook',
  servers: 'the server',
  scripts: 'the script',
}
