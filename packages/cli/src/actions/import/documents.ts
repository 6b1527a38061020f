/** Takes skills, commands, agents and rules over. */
import { basename } from 'node:path'
import type { PackageFile } from '@aam/core'
import {
  type Candidate,
  type Converted,
  folderOf,
  importAgent,
  importCommand,
  importPluginRoot,
  importRule,
  importSkill,
  writeDocument,
} from '@aam/platforms'
import {
  type Basket,
  type TakenPart,
  addFile,
  isNewDocument,
  leaveOut,
  readText,
  takenAlready,
  warnAbout,
} from './basket.ts'
import { takeCompanions } from './scripts.ts'

/** A command, an agent or a rule. */
export function takeDocument(basket: Basket, candidate: Candidate): void {
  const text = readText(basket, candidate.path)
  if (text === undefined) return
  const { text: rooted, files } =
    candidate.source === 'plugin' ? importPluginRoot(text, '') : { text, files: [] as readonly string[] }
  const { name, document, notes } = convert(candidate, rooted)
  const to = placeOf(candidate.kind, name)
  const part: TakenPart = { kind: candidate.kind, name, from: candidate.path, to }
  if (!isNewDocument(basket, part, document)) return
  basket.documents.set(to, document)
  addFile(basket, candidate.path, { path: to, data: Buffer.from(writeDocument(document)), executable: false })
  basket.taken.push(part)
  warnAbout(basket, candidate.path, notes)
  takeNamed(basket, candidate.path, files)
}

function convert({ kind, source, name }: Candidate, text: string): Converted {
  switch (kind) {
    case 'agents':
      return importAgent(name, text)
    case 'rules':
      return importRule(source, name, text)
    default:
      return importCommand(source, name, text)
  }
}

function placeOf(kind: Candidate['kind'], name: string): string {
  return kind === 'rules' ? `rules/${name}/RULE.md` : `${kind}/${name}.md`
}

/**
 * A skill with everything in its folder.
 * @param all what the source was found to have; the skill that is the whole folder takes what is not hidden
 */
export function takeSkill(basket: Basket, candidate: Candidate, all: readonly string[]): void {
  const { tree } = basket
  const folder = folderOf(candidate.path)
  const main = readText(basket, candidate.path)
  if (main === undefined) return
  const below =
    folder === '' ? all.filter(path => !path.startsWith('.')) : all.filter(path => path.startsWith(`${folder}/`))
  for (const path of below) basket.used.add(path)
  const inPlugin = candidate.source === 'plugin'
  const rooted = inPlugin ? importPluginRoot(main, folder) : { text: main, files: [] }
  const { name, text, notes } = importSkill(folder === '' ? basename(tree.root) : candidate.name, rooted.text)
  const to = `skills/${name}`
  const named: string[] = [...rooted.files]
  const files = below.map((path): PackageFile => {
    const file = { ...tree.read(path), path: `${to}/${folder === '' ? path : path.slice(folder.length + 1)}` }
    if (path === candidate.path) return { ...file, data: Buffer.from(text) }
    if (!inPlugin || !path.endsWith('.md')) return file
    const converted = importPluginRoot(Buffer.from(file.data).toString('utf8'), '')
    named.push(...converted.files)
    return converted.text.includes('PACKAGE_ROOT') ? { ...file, data: Buffer.from(converted.text) } : file
  })
  const part: TakenPart = { kind: 'skills', name, from: candidate.path, to }
  if ([...basket.files.keys()].some(path => path.startsWith(`${to}/`))) {
    if (!isSameSkill(basket, to, files)) {
      const first = basket.origins.get(`${to}/SKILL.md`)
      leaveOut(
        basket,
        candidate.path,
        takenAlready(basket, { ...part, to: first === undefined ? to : `${to}/SKILL.md` }),
      )
    }
    return
  }
  for (const [index, file] of files.entries()) addFile(basket, below[index] ?? candidate.path, file)
  basket.taken.push(part)
  warnAbout(basket, candidate.path, notes)
  takeNamed(basket, candidate.path, named)
}

function isSameSkill(basket: Basket, to: string, files: readonly PackageFile[]): boolean {
  const there = [...basket.files.keys()].filter(path => path.startsWith(`${to}/`))
  return (
    there.length === files.length &&
    files.every(({ path, data }) => {
      const file = basket.files.get(path)
      return file !== undefined && Buffer.compare(file.data, data) === 0
    })
  )
}

/** Files of a plugin that a text names by its root: they come along, and only hooks and servers are sure to find them. */
function takeNamed(basket: Basket, from: string, files: readonly string[]): void {
  if (files.length === 0) return
  const there = files.filter(path => basket.tree.isFile(path))
  takeCompanions(
    basket,
    there.map(path => ({ from: path, to: path })),
  )
  warnAbout(basket, from, [
    `it names ${[...new Set(files)].join(', ')} by \${PACKAGE_ROOT}, which agents know in hooks and MCP servers only`,
  ])
}
