/** Git, as far as aam needs it: the program itself, run without a shell, told which repository by the folder alone. */
import { type ExecFileException, execFile } from 'node:child_process'
import { relative, sep } from 'node:path'
import { isErrno } from '@aam/client/files'
import { compareText, fail } from '@aam/core'
import { repositoryRoot } from './project.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A repository with its files, and one file in it. */
export type Repository = {
  /** Its top folder. */
  readonly root: string
  readonly env: Environment
}

/** Why there is no repository to work with. */
export type NoRepository = 'no repository' | 'no git'

/**
 * The repository a folder is in.
 * @throws GIT_FAILED when Git refuses it, for example because it belongs to somebody else
 */
export async function findRepository(folder: string, env: Environment): Promise<Repository | NoRepository> {
  if (repositoryRoot(folder) === undefined) return 'no repository'
  try {
    const root = (await git({ root: folder, env }, ['rev-parse', '--show-toplevel'])).replace(/\r?\n$/, '')
    return { root, env }
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return 'no git'
    throw error
  }
}

/** The version of the Git that is found, `2.39.5`; `undefined` when there is none. */
export async function findGit(folder: string, env: Environment): Promise<string | undefined> {
  try {
    return (await git({ root: folder, env }, ['--version'])).replace(/^git version /, '').trim()
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

/** The path of a file in a repository, with `/`. */
export function pathInside({ root }: Repository, file: string): string {
  return relative(root, file).split(sep).join('/')
}

/** Tracked files of the repository that differ from the last commit or are staged, sorted, relative to its top. */
export async function listChanges(repository: Repository): Promise<string[]> {
  const args = ['status', '--porcelain=v1', '-z', '--untracked-files=no', '--no-renames']
  return (await git(repository, args))
    .split('\0')
    .filter(line => line !== '')
    .map(line => line.slice(3))
    .sort(compareText)
}

/**
 * The two sides of a file that Git could not merge, as they were committed; `undefined` when there is nothing unmerged.
 * @param path relative to the top of the repository
 */
export async function readUnmerged(
  repository: Repository,
  path: string,
): Promise<{ readonly ours: string; readonly theirs: string } | undefined> {
  const [ours, theirs] = await Promise.all(
    [2, 3].map(async stage => run(repository, ['cat-file', 'blob', `:${String(stage)}:${path}`])),
  )
  return ours?.code === 0 && theirs?.code === 0 ? { ours: ours.stdout, theirs: theirs.stdout } : undefined
}

/** Whether Git knows a file, given relative to the top of the repository. */
export async function isTracked(repository: Repository, path: string): Promise<boolean> {
  return (await git(repository, ['ls-files', '-z', '--', literal(path)])) !== ''
}

/** Whether Git leaves a file out, as `.gitignore` and its relatives say. */
export async function isIgnored(repository: Repository, path: string): Promise<boolean> {
  // Its own status 1 is an answer, and not a failure.
  return answers(repository, ['check-ignore', '-q', '--', path])
}

export async function hasTag(repository: Repository, tag: string): Promise<boolean> {
  return answers(repository, ['show-ref', '--verify', '--quiet', `refs/tags/${tag}`])
}

export type VersionCommit = {
  /** The only file to commit, relative to the top of the repository. */
  readonly path: string
  readonly message: string
  readonly tag: string
}

/**
 * Commits one file as it is on disk, whatever else is staged, and tags the commit. When Git refuses one of the two, branch
 * and index are as before.
 * @throws GIT_FAILED with what Git said
 */
export async function commitAndTag(repository: Repository, { path, message, tag }: VersionCommit): Promise<void> {
  const staged = await git(repository, ['ls-files', '--stage', '-z', '--', literal(path)])
  const head = await headOf(repository)
  let made: string | undefined
  try {
    if (staged === '') await git(repository, ['add', '--intent-to-add', '--', literal(path)])
    await git(repository, ['commit', '--quiet', '--only', '-m', message, '--', literal(path)])
    made = await headOf(repository)
    await git(repository, ['tag', '-m', message, tag])
  } catch (error) {
    if (made !== undefined) {
      const back = head === undefined ? ['-d', 'HEAD', made] : ['HEAD', head, made]
      await git(repository, ['update-ref', '-m', 'aam version: taken back', ...back])
    }
    await restoreIndex(repository, path, staged)
    throw error
  }
}

/** @param staged what `ls-files --stage -z` said of the file */
async function restoreIndex(repository: Repository, path: string, staged: string): Promise<void> {
  const [mode, object] = staged.split(/[ \t]/)
  if (mode === undefined || mode === '' || object === undefined) {
    await git(repository, ['rm', '--cached', '--quiet', '--ignore-unmatch', '--', literal(path)])
  } else await git(repository, ['update-index', '--cacheinfo', `${mode},${object},${path}`])
}

/** The commit that is checked out; `undefined` before the first. */
async function headOf(repository: Repository): Promise<string | undefined> {
  const { code, stdout } = await run(repository, ['rev-parse', '--verify', '--quiet', 'HEAD'])
  return code === 0 ? stdout.trim() : undefined
}

async function answers(repository: Repository, args: readonly string[]): Promise<boolean> {
  const { code } = await run(repository, args)
  return code === 0
}

/** A path that is no pattern. */
function literal(path: string): string {
  return `:(top,literal)${path}`
}

/** What a Git command printed. @throws GIT_FAILED; ENOENT when there is no Git */
async function git(repository: Repository, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(repository, args)
  if (code === 0) return stdout
  return fail('GIT_FAILED', { doing: args[0] ?? '', words: (stderr.trim() === '' ? stdout : stderr).trim() })
}

type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

const LONGEST_OUTPUT = 64 * 1024 * 1024

/** @throws ENOENT when there is no Git */
async function run({ root, env }: Repository, args: readonly string[]): Promise<Ended> {
  const options = { cwd: root, env: gitEnvironment(env), maxBuffer: LONGEST_OUTPUT }
  const { error, stdout, stderr } = await new Promise<Output>(resolve => {
    execFile('git', args, options, (problem, out, err) => {
      resolve({ error: problem, stdout: out, stderr: err })
    })
  })
  if (error === null) return { code: 0, stdout, stderr }
  if (typeof error.code === 'number') return { code: error.code, stdout, stderr }
  if (error.signal) return { code: null, stdout, stderr: `it was ended by ${error.signal}` }
  throw error
}

type Output = {
  readonly error: (Error & Pick<ExecFileException, 'code' | 'signal'>) | null
  readonly stdout: string
  readonly stderr: string
}

/** Variables of Git that say who commits, how to reach others, and where the user's settings are. */
const KEPT = /^GIT_(?:AUTHOR_|COMMITTER_|SSH|ASKPASS$|CONFIG_|CEILING_)/

/** Inside a hook Git sets variables that would send us to another repository or index. They go; who commits stays. */
function gitEnvironment(env: Environment): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('GIT_') || KEPT.test(name))
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' }
}
