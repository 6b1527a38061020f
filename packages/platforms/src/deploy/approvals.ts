/** Which executable things somebody looked at and allowed: kept by their contents, so that a change asks again. */
import { compareText, fail } from '@aam/core'
import { readJsonText } from '@aam/core/manifest'

/** What was approved of one package: everything that it runs, by id, in words; `digest` decides. */
export type Approval = { readonly digest: string; readonly items: Readonly<Record<string, string>> }

export type Approvals = ReadonlyMap<string, Approval>

/** One executable thing: `id` names it within its package, `text` changes with whatever could change what it does. Both are one line, safe to print. */
export type ApprovalItem = { readonly id: string; readonly text: string }

/** How what a package runs stands to what was approved. */
export type Judgement =
  | { readonly kind: 'approved' }
  | { readonly kind: 'new'; readonly items: readonly ApprovalItem[] }
  | {
      readonly kind: 'changed'
      readonly items: readonly ApprovalItem[]
      /** What differs from what was approved, by id. */
      readonly differences: readonly Difference[]
    }

export type Difference = {
  readonly id: string
  /** `undefined` when it is new. */
  readonly before: string | undefined
  /** `undefined` when it is gone. */
  readonly after: string | undefined
}

/** @param digest of a text: SRI or hexadecimal, the same for the same text for ever */
export function approve(items: readonly ApprovalItem[], digest: (text: string) => string): Approval {
  const sorted = [...items].sort((a, b) => compareText(a.id, b.id))
  const texts = Object.fromEntries(sorted.map(({ id, text }) => [id, text]))
  return { digest: digest(JSON.stringify(sorted.map(({ id, text }) => [id, text]))), items: texts }
}

/** Compares what a package runs now with what was approved. Nothing to run is nothing to approve. */
export function judge(
  items: readonly ApprovalItem[],
  approval: Approval | undefined,
  digest: (text: string) => string,
): Judgement {
  if (items.length === 0) return { kind: 'approved' }
  if (approval === undefined) return { kind: 'new', items }
  const said = approve(
    Object.entries(approval.items).map(([id, text]) => ({ id, text })),
    digest,
  )
  // What people read in the list and what counts have to be the same, or somebody was shown something else.
  const isHonest = said.digest === approval.digest
  if (isHonest && approve(items, digest).digest === approval.digest) return { kind: 'approved' }
  const now = new Map(items.map(({ id, text }) => [id, text]))
  const ids = [...new Set([...Object.keys(approval.items), ...now.keys()])].sort(compareText)
  const differences = ids
    .map((id): Difference => ({ id, before: approval.items[id], after: now.get(id) }))
    .filter(({ before, after }) => before !== after)
  return { kind: 'changed', items, differences }
}

/** @throws FILE_INVALID */
export function decodeApprovals(text: string, file: string): Approvals {
  const source = readJsonText(text, file)
  if (source.problems.length > 0) {
    fail('FILE_INVALID', { what: 'The list of approvals', file, problems: source.problems })
  }
  const refuse = (message: string, path: readonly string[]): never =>
    fail('FILE_INVALID', {
      what: 'The list of approvals',
      file,
      problems: [{ severity: 'error', ...source.place(path), field: path.join('.'), message }],
    })
  const { approvalsVersion, packages } = asObject(source.value) ?? refuse('it must be an object', [])
  if (approvalsVersion !== 1) refuse('this version of aam reads version 1 only', ['approvalsVersion'])
  const entries = Object.entries(asObject(packages) ?? refuse('it must be an object', ['packages']))
  return new Map(
    entries.map(([name, value]) => {
      const { digest, items } = asObject(value) ?? {}
      const texts = Object.entries(asObject(items) ?? {})
      if (typeof digest !== 'string' || texts.some(([, item]) => typeof item !== 'string')) {
        return refuse('it must have a digest, and items that are texts', ['packages', name])
      }
      return [name, { digest, items: Object.fromEntries(texts) as Readonly<Record<string, string>> }]
    }),
  )
}

/** A line for each item, sorted, so that version control shows and merges what was approved. */
export function encodeApprovals(approvals: Approvals): string {
  const packages = Object.fromEntries([...approvals].sort(([a], [b]) => compareText(a, b)))
  return `${JSON.stringify({ approvalsVersion: 1, packages }, undefined, 2)}\n`
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
