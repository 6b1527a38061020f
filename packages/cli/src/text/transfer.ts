import { count } from '@aam/core'
import type { FailedPackage, TransferResult, TransferredPackage } from '../actions/transfer.ts'
import type { View } from './view.ts'

/** What an import or export did, or on a dry run would do: a line for each package, then the total. */
export function transferLines(result: TransferResult, view: View): string[] {
  return [
    ...result.packages.flatMap(each => packageLines(each, result, view)),
    ...result.failed.flatMap(each => failureLines(each, view)),
    closing(result),
  ]
}

function packageLines(each: TransferredPackage, { to, dryRun }: TransferResult, view: View): string[] {
  const { name, added, tags, states, keptTags } = each
  const changed = tags.length > 0 || states.length > 0
  const mark = added.length > 0 ? view.good('+') : changed ? view.warn('~') : view.dim('=')
  const moves = tags.map(({ tag, from, to: version }) => `${tag}: ${from === null ? '' : `${from} → `}${version}`)
  const versions = added.length > 0 ? ` ${added.join(', ')}` : changed ? '' : ' has all of it'
  const elsewhere = each.to === to ? '' : view.dim(` ${dryRun ? 'would go' : 'went'} to ${each.to}`)
  return [
    `${mark} ${name}${versions}${moves.length === 0 ? '' : ` (${moves.join(', ')})`}${elsewhere}`,
    ...states.map(state => `  ${state.version}: ${stateText(state)}`),
    ...keptTags.map(kept => `  ${view.warn('!')} ${keptText(kept)}`),
  ]
}

function stateText({ deprecated, yanked }: TransferredPackage['states'][number]): string {
  const said = [...(yanked ? ['yanked'] : []), ...(deprecated === null ? [] : [`deprecated: ${deprecated}`])]
  return said.length === 0 ? 'no longer deprecated or yanked' : said.join(', ')
}

function keptText({ tag, offered, current, why }: TransferredPackage['keptTags'][number]): string {
  switch (why) {
    case 'elsewhere':
      return `${tag} stays at ${current ?? ''}; the source has it at ${offered} (--force takes that)`
    case 'not-allowed':
      return `${tag} is left out: the registry does not allow it`
    case 'yanked':
      return current === offered
        ? `${tag} points to ${offered}, which is yanked; move it with \`aam dist-tag add\``
        : `${tag} is left out: ${offered} is yanked`
    case 'unapproved':
      return `${tag} is left out: ${offered} has to be approved first (\`aam approve\`)`
    case 'missing':
      return `${tag} is left out: the source has no ${offered}`
  }
}

function failureLines({ name, message, hint }: FailedPackage, view: View): string[] {
  const [first = '', ...rest] = message.split('\n')
  return [
    `${view.bad('✗')} ${name}: ${first}`,
    ...rest.map(line => `  ${line}`),
    ...(hint === null ? [] : [`  hint: ${hint}`]),
  ]
}

function closing({ kind, from, to, dryRun, packages, failed }: TransferResult): string {
  const versions = packages.reduce((total, { added }) => total + added.length, 0)
  const changed = packages.filter(
    ({ added, tags, states }) => added.length > 0 || tags.length > 0 || states.length > 0,
  ).length
  const verb = kind === 'import' ? 'import' : 'export'
  const amount = versions === 0 ? 'changes' : count(versions, 'version')
  const what = `${amount} of ${count(changed, 'package')} from ${from} to ${to}`
  const failures = failed.length === 0 ? '' : `; ${count(failed.length, 'package')} failed`
  if (changed === 0) return `Nothing to ${verb} from ${from} to ${to}${failures}`
  const said = dryRun ? `Would ${verb}` : `${verb.slice(0, 1).toUpperCase()}${verb.slice(1)}ed`
  return `${said} ${what}${failures}`
}
