import { type FileChanges, type LineChanges, printable } from '@aam/core'
import type { DiffResult } from '../actions/diff.ts'
import type { Patch } from '../actions/patches.ts'
import { type View, formatBytes, table } from './view.ts'

/** What differs between two versions: what a reviewer has to know, the files, then the texts. */
export function diffLines(result: DiffResult, view: View): string[] {
  const { from, to, requirements, permissions, executables, files, patches } = result
  const sections: readonly (readonly [title: string, lines: readonly string[]])[] = [
    ['requirements', changeLines(requirements, view)],
    ['permissions', [...changeLines(permissions, view), ...undeclared(result, view)]],
    [
      'executables',
      [...changeLines(executables, view), ...executables.changed.map(path => `${view.warn('~')} ${printable(path)}`)],
    ],
  ]
  const same = sections.filter(([, lines]) => lines.length === 0).map(([title]) => title)
  const list = fileLines(files, view)
  return [
    `${view.bold(`${from.name}@${from.version}`)} → ${view.bold(`${to.name}@${to.version}`)}`,
    ...sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : [`${title}:`, ...lines.map(indent)])),
    ...(same.length === 0 ? [] : [view.dim(`${same.join(', ')}: no difference`)]),
    ...(list.length === 0 ? ['files: no difference'] : ['files:', ...list.map(indent)]),
    ...patches.flatMap(patch => ['', ...patchLines(patch, view)]),
  ]
}

/** The names of the files that differ, a line each. */
export function fileNameLines({ added, removed, changed }: FileChanges, view: View): string[] {
  return [
    ...added.map(({ path }) => `${view.good('+')} ${printable(path)}`),
    ...changed.map(({ path }) => `${view.warn('~')} ${printable(path)}`),
    ...removed.map(({ path }) => `${view.bad('-')} ${printable(path)}`),
  ]
}

function changeLines({ added, removed }: LineChanges, view: View): string[] {
  return [
    ...added.map(line => `${view.good('+')} ${printable(line)}`),
    ...removed.map(line => `${view.bad('-')} ${printable(line)}`),
  ]
}

/** A version that says nothing gets what the platform gives: more, perhaps, than one that says little. */
function undeclared({ permissions, to }: DiffResult, view: View): string[] {
  return permissions.declared || permissions.removed.length === 0
    ? []
    : [`${view.warn('!')} ${to.version} declares none, so platform defaults apply`]
}

function fileLines(files: FileChanges, view: View): string[] {
  const details = [
    ...files.added.map(({ size }) => formatBytes(size)),
    ...files.changed.map(({ from, to }) =>
      [
        from.size === to.size ? formatBytes(to.size) : `${formatBytes(from.size)} → ${formatBytes(to.size)}`,
        ...(from.executable === to.executable ? [] : [to.executable ? 'now executable' : 'no longer executable']),
      ].join(', '),
    ),
    ...files.removed.map(({ size }) => formatBytes(size)),
  ]
  return table(fileNameLines(files, view).map((name, index) => [name, details[index] ?? '']))
}

/** A patch, painted. */
export function patchLines({ path, text, why }: Patch, view: View): string[] {
  if (text === null) return [view.dim(`${printable(path)}: ${why ?? ''}, not shown`)]
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map(line => paint(printable(line.replace(/\r$/, '')), view))
}

function paint(line: string, view: View): string {
  if (/^(?:---|\+\+\+) /.test(line)) return view.bold(line)
  if (line.startsWith('+')) return view.good(line)
  if (line.startsWith('-')) return view.bad(line)
  return line.startsWith('@@') ? view.dim(line) : line
}

function indent(line: string): string {
  return `  ${line}`
}
