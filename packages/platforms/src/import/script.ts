/** Files of a project that a command line runs: found, and renamed to where they are in the package. */

/** A file that has to come along, and where it goes. */
export type Companion = { readonly from: string; readonly to: string }

export type Rewritten = {
  readonly text: string
  readonly files: readonly Companion[]
  /** Why it cannot work in a package: it names files that are not there. */
  readonly missing: readonly string[]
  /** What a reader should look at, in sentences without a full stop. */
  readonly notes: readonly string[]
}

export type Project = {
  /** Whether there is such a file in the project; paths are relative to it. */
  readonly isFile: (path: string) => boolean
  /** Where the command runs; empty for the project itself. */
  readonly cwd: string
  /** Where scripts go: `hooks/scripts` or `mcp/scripts`. */
  readonly target: string
}

const PLUGIN_ROOT = /\$\{?CLAUDE_PLUGIN_ROOT\}?/
const PROJECT_ROOT =
  /\$\{(?:CLAUDE|CURSOR)_PROJECT_DIR(?::-[^}]*)?\}|\$(?:CLAUDE|CURSOR)_PROJECT_DIR\b|\$\{workspaceFolder\}|\$\(git rev-parse --show-toplevel\)/
const PATH = String.raw`[\w@.+/-]*[\w@+-]`
const AGENT_FOLDER = /^\.(?:claude|cursor|github|agents|windsurf)\//
const SCRIPT = /\.(?:sh|bash|zsh|py|js|mjs|cjs|ts|mts|rb|pl|php|ps1|cmd|bat)$/
const MACHINE_PATH = /(?:^|[\s"'=])(\/(?:Users|home)\/[^\s"']+|~\/[^\s"']+|[A-Za-z]:\\[^\s"']+)/

/** What a command line, which a shell reads, is in a package. */
export function rewriteCommand(text: string, project: Project): Rewritten {
  const work = startWork(project, 'shell')
  return finish(rewriteWords(rewriteRoots(text, work), work), work)
}

/** The same for a command and its arguments, which no shell reads. */
export function rewriteArguments(
  words: readonly string[],
  project: Project,
): Omit<Rewritten, 'text'> & { readonly words: readonly string[] } {
  const work = startWork(project, 'words')
  const next = startWords(work)
  const rewritten = words.map(word => next(rewriteRoots(word, work)))
  return { ...finish(rewritten.join(' '), work), words: rewritten }
}

function finish(text: string, { files, missing, notes }: Work): Rewritten {
  const left = PROJECT_ROOT.exec(text)?.[0]
  const machine = MACHINE_PATH.exec(text)?.[1]
  return {
    text,
    files,
    missing,
    notes: [
      ...notes,
      ...(left === undefined ? [] : [`it uses ${left}, which not every agent knows`]),
      ...(machine === undefined ? [] : [`it names ${machine}, which is a path of one machine`]),
    ],
  }
}

function startWork(project: Project, readBy: Work['readBy']): Work {
  return { project, readBy, files: [], missing: [], notes: [] }
}

type Work = {
  readonly project: Project
  /** Whether quotes may be put around a word. */
  readonly readBy: 'shell' | 'words'
  readonly files: Companion[]
  readonly missing: string[]
  readonly notes: string[]
}

/** `"$CLAUDE_PROJECT_DIR"/x.sh` and `${CLAUDE_PLUGIN_ROOT}/x.sh`: whoever names the root means the file. */
function rewriteRoots(text: string, work: Work): string {
  const plugin = new RegExp(`(["']?)${PLUGIN_ROOT.source}(["']?)/(${PATH})(["']?)`, 'g')
  const project = new RegExp(`(["']?)(?:${PROJECT_ROOT.source})(["']?)/(${PATH})(["']?)`, 'g')
  const rewritten = text.replaceAll(plugin, (all, ...[open, middle, below, close, at]: Found) => {
    const path = clean(below)
    if (!work.project.isFile(path) && /\.\w+$/.test(path)) work.missing.push(path)
    if (work.project.isFile(path)) work.files.push({ from: path, to: path })
    return quoted(path, all, { parts: [open, middle, close, at], text, readBy: work.readBy })
  })
  const replaced = rewritten.replaceAll(new RegExp(PLUGIN_ROOT, 'g'), () => '${PACKAGE_ROOT}')
  return replaced.replaceAll(project, (all, ...[open, middle, below, close, at]: Found) => {
    const path = clean(below)
    if (!work.project.isFile(path)) {
      if (SCRIPT.test(path)) work.missing.push(path)
      return all
    }
    if (!AGENT_FOLDER.test(path) && !SCRIPT.test(path)) return all
    return quoted(take(path, work), all, { parts: [open, middle, close, at], text: replaced, readBy: work.readBy })
  })
}

type Found = [open: string, middle: string, path: string, close: string, at: number]

type Match = {
  readonly parts: readonly [open: string, middle: string, close: string, at: number]
  readonly text: string
  readonly readBy: Work['readBy']
}

/** A whole word is put in quotes, because the folder it will be in may have a blank in its name; a part of one stays bare. */
function quoted(path: string, all: string, { parts: [open, middle, close, at], text, readBy }: Match): string {
  const word = `\${PACKAGE_ROOT}/${path}`
  if (readBy === 'words') return word
  const isInside = ['"', "'"].some(quote => text.slice(0, at).split(quote).length % 2 === 0)
  const isWhole =
    /^(?:[\s=;&|(]|$)/.test(text.slice(0, at).slice(-1)) && /^(?:[\s;&|)]|$)/.test(text[at + all.length] ?? '')
  return isWhole && !isInside && `${open}${middle}${close}`.length !== 1 ? `"${word}"` : `${open}${word}${close}`
}

const INTERPRETERS = new Set(
  'bash sh zsh dash node python python2 python3 deno bun ruby perl php pwsh tsx ts-node npx uv uvx env exec time sudo source .'.split(
    ' ',
  ),
)
const WORD = /\s+|&&|\|\||[;|&()<>]|(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'|&;<>()\\])+/g

function rewriteWords(text: string, work: Work): string {
  let next = startWords(work)
  return text.replaceAll(WORD, word => {
    if (/^(?:\s+|[<>)])$/.test(word)) return word
    if (!/^(?:&&|\|\||[;|&(])$/.test(word)) return next(word)
    next = startWords(work)
    return word
  })
}

/** Words that are run: the first of a command, or the first after an interpreter. Others are what a command works on. */
function startWords(work: Work): (word: string) => string {
  let expects: 'command' | 'script' | 'nothing' = 'command'
  return word => {
    const place = expects
    const plain = word.replaceAll(/^["']|["']$/g, '')
    if (place === 'command' && /^\w+=/.test(word)) return word
    if (place !== 'nothing' && INTERPRETERS.has(plain.slice(plain.lastIndexOf('/') + 1))) {
      expects = 'script'
      return word
    }
    if (place === 'script' && (plain === 'run' || /^-(?!c$|e$|m$)/.test(plain))) return word
    expects = 'nothing'
    return rewriteWord(word, { plain, isRun: place !== 'nothing', work })
  }
}

type Word = { readonly plain: string; readonly isRun: boolean; readonly work: Work }

function rewriteWord(word: string, { plain, isRun, work }: Word): string {
  if (!new RegExp(`^${PATH}$`).test(plain) || plain.startsWith('/') || plain.startsWith('-')) return word
  const path = inside(work.project.cwd, plain)
  if (path === undefined) return word
  const isThere = work.project.isFile(path)
  if (isRun && !isThere && plain.includes('/') && (SCRIPT.test(path) || AGENT_FOLDER.test(path))) {
    work.missing.push(path)
    return word
  }
  if (!isThere) return word
  if (AGENT_FOLDER.test(path) || (isRun && (plain.includes('/') || SCRIPT.test(path)))) {
    const there = `\${PACKAGE_ROOT}/${take(path, work)}`
    return work.readBy === 'shell' ? `"${there}"` : there
  }
  if (SCRIPT.test(path)) work.notes.push(`it names ${path} of the project, which is not copied`)
  return word
}

function take(path: string, { project, files }: Work): string {
  const to = placeScript(path, project.target)
  files.push({ from: path, to })
  return to
}

/** Where a script of a project goes: what an agent's folder of hooks holds keeps its order, others lie side by side. */
export function placeScript(path: string, target: string): string {
  const below = /^\.[^/]+\/(?:hooks|scripts)\/(.+)$/.exec(path)?.[1]
  return `${target}/${below ?? path.slice(path.lastIndexOf('/') + 1)}`
}

/** A path seen from a folder; `undefined` when it leaves the project. */
function inside(folder: string, path: string): string | undefined {
  const steps = folder === '' ? [] : folder.split('/')
  for (const step of path.split('/')) {
    if (step === '..') {
      if (steps.pop() === undefined) return undefined
    } else if (step !== '' && step !== '.') steps.push(step)
  }
  return steps.join('/')
}

function clean(path: string): string {
  return inside('', path) ?? path
}
