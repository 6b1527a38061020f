import { count } from '@aam/core'
import type { DeprecateResult, YankResult } from '../actions/lifecycle.ts'
import type { PublishResult } from '../actions/publish.ts'
import type { View } from './view.ts'

const MOST_VERSIONS = 10

/** What `aam publish` did or would do, and who has to do what next. */
export function publishLines(result: PublishResult, view: View): string[] {
  const { kind, name, version, tags, dryRun, state } = result
  const quoted = tags.map(({ tag }) => `"${tag}"`).join(' and ')
  const what = view.bold(`${name}@${version}`)
  if (state === 'waiting') {
    const said = dryRun
      ? `Would publish ${what}, to wait for approval`
      : kind === 'publish'
        ? `Published ${what}, waiting for approval`
        : `${what} was published before, with the same contents, and waits for approval`
    return [
      said,
      `  nobody sees it before an approver runs \`aam approve ${name}@${version}\``,
      ...(quoted === '' ? [] : [`  ${quoted} will be set then`]),
    ]
  }
  const tagged = quoted === '' ? '' : ` (tagged as ${quoted})`
  const said = dryRun
    ? kind === 'publish'
      ? `Would publish ${what}${tagged}`
      : `${what} is published already, with these contents${tagged}`
    : kind === 'publish'
      ? `Published ${what}${tagged}`
      : `${what} was published before, with the same contents${tagged}`
  const moved = tags.filter(({ from, to }) => from !== null && from !== to)
  return [said, ...moved.map(({ tag, from, to }) => `  ${tag}: ${from ?? ''} → ${to}`)]
}

/** What `aam deprecate` did. */
export function deprecationLines({ package: name, kind, versions, message }: DeprecateResult, view: View): string[] {
  const shown = versions.slice(0, MOST_VERSIONS).join(', ')
  const what = `${name}@${shown}${versions.length > MOST_VERSIONS ? ` … (${count(versions.length, 'version')})` : ''}`
  switch (kind) {
    case 'deprecate':
      return [`${view.good('✓')} Deprecated ${what}: ${message ?? ''}`]
    case 'undo':
      return [`${view.good('✓')} No longer deprecated: ${what}`]
    case 'unchanged':
      return [message === null ? `Not deprecated: ${what}` : `Deprecated before, with this message: ${what}`]
  }
}

/** What `aam yank` did, and what is left to do by hand (D45). */
export function yankLines(result: YankResult, view: View): string[] {
  const { package: name, version, kind, undo, latest, tags, newest } = result
  const what = `${name}@${version}`
  if (kind === 'undo') return [`${view.good('✓')} No longer yanked: ${what}`, '  no tag was moved']
  if (undo) return [`Not yanked: ${what}`]
  const left =
    newest === null
      ? [`no version is left${tags.length === 0 ? '' : `; still pointing to it: ${tags.join(', ')}`}`]
      : tags.map(tag => `${tag} still points to it; run \`aam dist-tag add ${name}@${newest} ${tag}\``)
  return [
    kind === 'yank' ? `${view.good('✓')} Yanked ${what}` : `Yanked before: ${what}`,
    ...(latest === null ? [] : [`  latest: ${latest.from} → ${latest.to}`]),
    ...left.map(line => `${view.warn('!')} ${line}`),
  ]
}
