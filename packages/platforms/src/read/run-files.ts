/** Which files of a package its hooks and servers run or may read. */
import { type PackageFile, compareText } from '@aam/core'
import type { Artifacts, Hook, Server } from '../artifacts.ts'
import { foldersAbove } from './reader.ts'

/** Folders whose files belong to what runs, whether they are named or not. */
const USUAL = /^(?:hooks|mcp|scripts)\//

/**
 * Everything in the usual folders, and in the folders of what hooks and servers name by `${PACKAGE_ROOT}`; what names the package
 * itself, or a file right in it, may read all of it. Sorted by path.
 *
 * @param definitions the files that say what runs: they are read, not run
 */
export function gatherRunFiles(
  files: readonly PackageFile[],
  { hooks, servers }: Pick<Artifacts, 'hooks' | 'servers'>,
  definitions: ReadonlySet<string>,
): PackageFile[] {
  if (hooks.length === 0 && servers.length === 0) return []
  const paths = new Set(files.map(({ path }) => path))
  const folders = new Set(files.flatMap(({ path }) => [...foldersAbove(path)]))
  const named = new Set<string>()
  for (const text of [...hooks.flatMap(commandOf), ...servers.flatMap(textsOf)]) {
    for (const reference of rootReferences(text)) {
      const folder = folderOf(reference, paths, folders)
      if (folder !== undefined) named.add(folder)
    }
  }
  return files
    .filter(({ path }) => !definitions.has(path))
    .filter(({ path }) => USUAL.test(path) || [...foldersAbove(path)].some(folder => named.has(folder)))
    .sort((a, b) => compareText(a.path, b.path))
}

function commandOf({ action }: Hook): string[] {
  return action.type === 'command' ? [action.command] : []
}

function textsOf(server: Server): string[] {
  if (server.type !== 'stdio') return []
  const { command, args, env, envFile = '', cwd = '' } = server
  return [command, ...args, ...Object.values(env), envFile, cwd]
}

/** What follows each `${PACKAGE_ROOT}`, up to what ends a path in a shell; blanks may be part of it. */
function rootReferences(text: string): string[] {
  return [...text.matchAll(/\$\{PACKAGE_ROOT\}((?:["']?\/[^"'`;|&<>()$*?\n]*)?)/g)].map(match =>
    (match[1] ?? '').replace(/^["']?\/+/, ''),
  )
}

/**
 * The folder that `reference` needs: the one that it names, or that of the file that it names. It may go on with further words
 * of the command, so its longest beginning that is there counts. `undefined` when nothing of it is there.
 */
function folderOf(reference: string, paths: ReadonlySet<string>, folders: ReadonlySet<string>): string | undefined {
  const words = reference.split(/[ \t]/)
  for (let length = words.length; length > 0; length--) {
    const path = withoutDots(words.slice(0, length).join(' '))
    if (paths.has(path)) return path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (folders.has(path)) return path
  }
  // A name that a variable completes, like `lib/check-$kind.js`, is somewhere in its folder.
  const above = [...foldersAbove(withoutDots(words[0] ?? ''))].find(folder => folders.has(folder))
  return above === '' ? undefined : above
}

/** `./a//b/../c` → `a/c`. */
function withoutDots(path: string): string {
  const steps: string[] = []
  for (const step of path.split('/')) {
    if (step === '..') steps.pop()
    else if (step !== '' && step !== '.') steps.push(step)
  }
  return steps.join('/')
}
