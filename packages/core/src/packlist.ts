/** Which files of a package go into its archive (UAAPS 12.1): the same files for the same tree, everywhere. */
import picomatch from 'picomatch'
import { type Artifact, gatherArtifacts, trimSlashes } from './artifacts/discover.ts'
import { referencedFiles } from './artifacts/validate.ts'
import type { Problem } from './failures.ts'
import type { Manifest } from './manifest/decode.ts'
import { compareText } from './name.ts'

export type PacklistInput = {
  readonly manifest: Manifest
  /** Every file of the package, relative, with `/`, in any order. */
  readonly paths: readonly string[]
  /** The text of one of `paths`, to find what hooks and MCP servers refer to. */
  readonly read: (path: string) => string
}

export type Packlist = {
  /** What goes in, sorted by code point. */
  readonly paths: readonly string[]
  /** Errors: something the package needs was left out. Warnings: something that looks like a secret goes in. */
  readonly problems: readonly Problem[]
}

const NEVER_FOLDERS = new Set([
  '.git',
  '.hg',
  '.svn',
  '.agent-packages',
  'node_modules',
  '.venv',
  'venv',
  '__pycache__',
])
const NEVER_FILES = new Set(['.DS_Store', 'Thumbs.db'])
const ALWAYS = new Set([
  'package.agent.json',
  'README',
  'README.md',
  'LICENSE',
  'LICENSE.md',
  'CHANGELOG',
  'CHANGELOG.md',
])
/** The tool's own folder of settings and state is about the author's machine, not about the package. */
const NEVER_AT_ROOT = ['package.agent.lock', '.aam/', 'evals/reports/']
const SECRETS = [
  /^\.env(?:\..+)?$/,
  /^\.(?:npmrc|netrc|pypirc)$/,
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|credentials(?:\.(?:json|ya?ml|csv))?)$/,
  /\.(?:pem|key|p12|pfx|keystore)$/,
]
const NOT_SECRET = /^\.env\.(?:example|sample|template)$/

/** Chooses what to pack. */
export function choosePacklist({ manifest, paths, read }: PacklistInput): Packlist {
  const candidates = paths.filter(path => !isExcluded(path)).sort(compareText)
  const chosen = manifest.raw.files === undefined ? () => true : matcher(manifest.raw.files)
  const included = candidates.filter(path => ALWAYS.has(path) || chosen(path))
  return { paths: included, problems: [...missing(manifest, { paths, read }, new Set(included)), ...secrets(included)] }
}

/** Whether a path never goes into an archive, whatever `files` says. */
export function isExcluded(path: string): boolean {
  const steps = path.split('/')
  const file = steps[steps.length - 1] ?? ''
  return (
    steps.slice(0, -1).some(step => NEVER_FOLDERS.has(step)) ||
    // In a worktree or a submodule it is a file that holds a path of this machine.
    file === '.git' ||
    NEVER_FILES.has(file) ||
    file.endsWith('.pyc') ||
    // An archive that an earlier `aam pack` left at the root would otherwise grow with every run.
    (steps.length === 1 && file.endsWith('.aam')) ||
    // So would what `aam build` left in dist/.
    file.endsWith('.bundle.aam') ||
    NEVER_AT_ROOT.some(never => path === never || (never.endsWith('/') && path.startsWith(never)))
  )
}

/** A glob that names a folder means everything below it, as npm has it. */
function matcher(globs: readonly string[]): (path: string) => boolean {
  const clean = globs.map(trimSlashes)
  if (clean.includes('')) return () => true
  const matches = picomatch(
    clean.flatMap(glob => [glob, `${glob}/**`]),
    { dot: true, nonegate: true, windows: false },
  )
  return path => matches(path)
}

/**
 * Files that are there, that something in the package needs, and that are left out. What is not there at all is the
 * business of `validateArtifacts`.
 */
function missing(
  manifest: Manifest,
  files: Pick<PacklistInput, 'paths' | 'read'>,
  included: ReadonlySet<string>,
): Problem[] {
  const problems: Problem[] = []
  const known = new Set(files.paths)
  const need = (path: string, by: string): void => {
    if (!known.has(path) || included.has(path)) return
    problems.push({
      severity: 'error',
      message: `${path} is left out by "files" or by the rules of packing, but ${by} needs it`,
    })
  }
  const below = (folder: string): string[] =>
    files.paths.filter(path => path.startsWith(`${folder}/`) && !isExcluded(path))
  for (const artifact of gatherArtifacts(manifest, files.paths)) {
    need(artifact.main, describe(artifact))
    if ((artifact.kind === 'hooks' || artifact.kind === 'mcp') && known.has(artifact.main)) {
      for (const path of referencedFiles(files.read(artifact.main))) need(path, artifact.main)
    }
    if (artifact.folder !== undefined && artifact.folder !== '') {
      for (const path of below(artifact.folder)) if (path !== artifact.main) need(path, describe(artifact))
    }
  }
  for (const [index, evaluation] of (manifest.raw.quality?.evals ?? []).entries()) {
    const path = trimSlashes(evaluation.path)
    const by = `quality.evals[${String(index)}]`
    if (known.has(path)) need(path, by)
    else if (below(path).length === 0) {
      problems.push({ severity: 'error', field: `${by}.path`, message: `there is no ${path}` })
    } else for (const file of below(path)) need(file, by)
  }
  return problems
}

function describe(artifact: Artifact): string {
  return artifact.kind === 'hooks' || artifact.kind === 'mcp' ? artifact.kind : `${artifact.kind}/${artifact.name}`
}

function secrets(included: readonly string[]): Problem[] {
  return included
    .filter(path => {
      const file = path.slice(path.lastIndexOf('/') + 1)
      return !NOT_SECRET.test(file) && SECRETS.some(pattern => pattern.test(file))
    })
    .map(file => ({
      severity: 'warning',
      file,
      message: 'it looks like a secret, and everyone who installs the package gets it',
    }))
}
