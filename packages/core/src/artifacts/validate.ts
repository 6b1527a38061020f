/** What is wrong with the artifacts of a package: files that are missing, frontmatter, references (UAAPS 4–9, 16). */
import type { Problem } from '../failures.ts'
import type { DecodedManifest } from '../manifest/decode.ts'
import { readJsonText } from '../manifest/json-text.ts'
import { readYamlText } from '../manifest/yaml-text.ts'
import { type Artifact, gatherArtifacts, trimSlashes } from './discover.ts'
import { type Frontmatter, readFrontmatter } from './frontmatter.ts'

/** The files of a package. `read` returns the text of one of `paths`. */
export type PackageFiles = { readonly paths: readonly string[]; readonly read: (path: string) => string }

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/
const LONGEST_DESCRIPTION = 1024
const LONGEST_BODY = 500

/** Checks every artifact of the package; problems come in the order of `gatherArtifacts`. */
export function validateArtifacts(
  decoded: DecodedManifest,
  files: PackageFiles,
): { artifacts: Artifact[]; problems: Problem[] } {
  const artifacts = gatherArtifacts(decoded.manifest, files.paths)
  const known = new Set(files.paths)
  const problems: Problem[] = []
  for (const artifact of artifacts) {
    if (known.has(artifact.main)) problems.push(...validateOne(artifact, files, known))
    else {
      const place = artifact.declaredAt === undefined ? {} : decoded.place(artifact.declaredAt)
      problems.push({ severity: 'error', ...place, message: `${label(artifact)} has no ${artifact.main}` })
    }
  }
  return { artifacts, problems: [...problems, ...sameNames(artifacts)] }
}

/** Two artifacts of one kind and name: an agent would see one of them, and nobody knows which (UAAPS 16). */
function sameNames(artifacts: readonly Artifact[]): Problem[] {
  const first = new Map<string, Artifact>()
  return artifacts.flatMap((artifact): Problem[] => {
    const key = `${artifact.kind} ${artifact.name}`
    const twin = first.get(key)
    first.set(key, twin ?? artifact)
    if (twin === undefined) return []
    return [
      { severity: 'error', file: artifact.main, message: `${label(artifact)} is there twice, also as ${twin.main}` },
    ]
  })
}

function validateOne(artifact: Artifact, files: PackageFiles, known: ReadonlySet<string>): Problem[] {
  const text = files.read(artifact.main)
  switch (artifact.kind) {
    case 'hooks':
      return validateHooks(text, artifact.main, known)
    case 'mcp':
      return validateServers(text, artifact.main, known)
    case 'agents':
      return artifact.folder === undefined
        ? validateMarkdown(artifact, text, known)
        : validateAgent(artifact, text, known)
    default:
      return validateMarkdown(artifact, text, known)
  }
}

/** Skills, commands, rules and single-file agents: Markdown with frontmatter. */
function validateMarkdown(artifact: Artifact, text: string, known: ReadonlySet<string>): Problem[] {
  const file = artifact.main
  const front = readFrontmatter(text, file)
  const mustDescribe = artifact.kind === 'skills'
  if (front === undefined) {
    const message = `${label(artifact)} has no frontmatter (--- name, description ---)`
    return [{ severity: mustDescribe ? 'error' : 'warning', file, line: 1, message }]
  }
  if (front.problems.length > 0) return [...front.problems]
  const problems: Problem[] = []
  const report = (severity: Problem['severity'], field: string, message: string): void => {
    problems.push({ severity, ...front.place([field]), file, field, message })
  }
  const { name, description } = front.fields
  if (name === undefined) {
    if (mustDescribe) report('error', 'name', 'it is required')
  } else if (typeof name !== 'string' || !NAME.test(name)) {
    report(
      'error',
      'name',
      `'${typeof name === 'string' ? name : JSON.stringify(name)}' is not a name: lower-case letters, digits and hyphens, at most 64`,
    )
  } else if (
    mustDescribe &&
    artifact.folder !== undefined &&
    artifact.folder !== '' &&
    name !== lastStep(artifact.folder)
  ) {
    report(
      'warning',
      'name',
      `it is '${name}' but the folder is '${lastStep(artifact.folder)}'; agents expect the same`,
    )
  }
  if (description === undefined || description === '') {
    report(mustDescribe ? 'error' : 'warning', 'description', 'it is required: say what it does and when to use it')
  } else if (typeof description !== 'string') report('error', 'description', 'it must be text')
  else if (description.length > LONGEST_DESCRIPTION) {
    // A warning, not an error: public skills that agents load without complaint are longer (docs/decisions/001).
    report(
      'warning',
      'description',
      `it has ${String(description.length)} characters; agents may cut it off after ${String(LONGEST_DESCRIPTION)}`,
    )
  }
  problems.push(...validateBody(artifact, front, known))
  return problems
}

function validateBody(artifact: Artifact, front: Frontmatter, known: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = []
  const lines = front.body.split('\n').length
  if (artifact.kind === 'skills' && lines > LONGEST_BODY) {
    const message = `the body has ${String(lines)} lines; agents do best with fewer than ${String(LONGEST_BODY)}: move detail to references/`
    problems.push({ severity: 'warning', file: artifact.main, message })
  }
  for (const target of new Set(relativeLinks(front.body))) {
    const path = resolveInside(artifact.main, target)
    if (path !== undefined && (known.has(path) || [...known].some(file => file.startsWith(`${path}/`)))) continue
    const message =
      path === undefined ? `the link '${target}' leaves the package` : `the link '${target}' points to nothing`
    problems.push({ severity: 'warning', file: artifact.main, message })
  }
  return problems
}

function validateAgent(artifact: Artifact, text: string, known: ReadonlySet<string>): Problem[] {
  const file = artifact.main
  const source = readYamlText(text, file)
  if (source.problems.length > 0) return [...source.problems]
  const fields = asObject(source.value)
  if (fields === undefined) return [{ severity: 'error', file, line: 1, message: 'it must be keys and values' }]
  const problems: Problem[] = []
  for (const field of ['name', 'description', 'system_prompt']) {
    if (typeof fields[field] === 'string' && fields[field] !== '') continue
    problems.push({ severity: 'error', ...source.place([field]), field, message: 'it is required' })
  }
  const prompt = fields['system_prompt']
  if (typeof prompt === 'string' && prompt !== '') {
    const path = resolveInside(file, prompt)
    if (path === undefined || !known.has(path)) {
      problems.push({
        severity: 'error',
        ...source.place(['system_prompt']),
        field: 'system_prompt',
        message: `there is no ${prompt}`,
      })
    }
  }
  return problems
}

const EVENTS = new Set([
  'pre-tool-use',
  'permission-request',
  'post-tool-use',
  'pre-prompt',
  'session-start',
  'session-end',
  'stop',
  'sub-agent-end',
  'pre-compact',
  'notification',
])

function validateHooks(text: string, file: string, known: ReadonlySet<string>): Problem[] {
  const source = readJsonText(text, file)
  if (source.problems.length > 0) return [...source.problems]
  const hooks = asObject(asObject(source.value)?.['hooks'])
  if (hooks === undefined) {
    return [{ severity: 'error', file, field: 'hooks', message: 'it must be an object of events' }]
  }
  const problems: Problem[] = []
  for (const [event, matchers] of Object.entries(hooks)) {
    const place = { ...source.place(['hooks', event]), field: `hooks.${event}` }
    if (!EVENTS.has(event)) {
      problems.push({
        severity: 'warning',
        ...place,
        message: `'${event}' is no event agents share; only a platform that knows it runs it`,
      })
    }
    if (!Array.isArray(matchers)) problems.push({ severity: 'error', ...place, message: 'it must be a list' })
  }
  return [...problems, ...packageRootReferences(text, file, known)]
}

function validateServers(text: string, file: string, known: ReadonlySet<string>): Problem[] {
  const source = readJsonText(text, file)
  if (source.problems.length > 0) return [...source.problems]
  const servers = asObject(asObject(source.value)?.['servers'])
  if (servers === undefined) {
    return [{ severity: 'error', file, field: 'servers', message: 'it must be an object of servers' }]
  }
  const problems: Problem[] = []
  for (const [name, server] of Object.entries(servers)) {
    const fields = asObject(server)
    if (typeof fields?.['command'] === 'string' || typeof fields?.['url'] === 'string') continue
    const place = { ...source.place(['servers', name]), field: `servers.${name}` }
    problems.push({ severity: 'error', ...place, message: 'a server needs a command or a url' })
  }
  return [...problems, ...packageRootReferences(text, file, known)]
}

/** `${PACKAGE_ROOT}/scripts/x.sh` names a file of the package: it has to be there. */
function packageRootReferences(text: string, file: string, known: ReadonlySet<string>): Problem[] {
  const problems: Problem[] = []
  for (const path of referencedFiles(text)) {
    if (known.has(path)) continue
    const line = text.slice(0, text.indexOf(path)).split('\n').length
    problems.push({ severity: 'error', file, line, message: `there is no ${path} in the package` })
  }
  return problems
}

/** The files of the package that a hooks or MCP file names as `${PACKAGE_ROOT}/…`. */
export function referencedFiles(text: string): string[] {
  const found = [...text.matchAll(/\$\{PACKAGE_ROOT\}\/([\w@./-]+)/g)].map(match => trimSlashes(match[1] ?? ''))
  return [...new Set(found)].filter(path => path !== '' && /\.[A-Za-z0-9]+$/.test(path))
}

/** Targets of Markdown links and images to files, code blocks left out. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(/^(`{3,}|~{3,})[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(<?([^)\s>#?]+)[^)]*\)/g)]
    .map(match => match[1] ?? '')
    .filter(target => !/^(?:[a-z][a-z0-9+.-]*:|\/|\{|\$|~)/i.test(target) && /[./]/.test(target))
}

/** `target`, seen from `file`, as a path of the package; `undefined` when it leaves it. */
export function resolveInside(file: string, target: string): string | undefined {
  const steps = file.split('/').slice(0, -1)
  for (const step of target.split('/')) {
    if (step === '..') {
      if (steps.pop() === undefined) return undefined
    } else if (step !== '' && step !== '.') steps.push(step)
  }
  return steps.join('/')
}

function label(artifact: Artifact): string {
  const singular = {
    skills: 'skill',
    agents: 'agent',
    commands: 'command',
    rules: 'rule',
    hooks: 'file of',
    mcp: 'file of',
  }
  return `the ${singular[artifact.kind]} ${artifact.name}`
}

function lastStep(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
