/** What a folder that becomes a package holds already, and what else is known about it. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compareText, explainName, isVersion } from '@aam/core'
import { type Artifact, discoverIn, readFrontmatter } from '@aam/core/authoring'
import { ARTIFACT_KINDS, type ArtifactKind } from '@aam/core/manifest'
import { readPackageText } from '../disk/package-files.ts'
import { nameFromFolder } from '../disk/project.ts'

/** Where agents keep things that could be a package's. */
const OTHER_HOMES: readonly (readonly [ArtifactKind, readonly string[]])[] = [
  ['skills', ['.claude/skills', '.agents/skills', '.github/skills', '.cursor/skills', '']],
  ['agents', ['.claude/agents', '.github/agents']],
  ['commands', ['.claude/commands', '.cursor/commands']],
  ['rules', ['.claude/rules']],
]
/** Folders at the top whose subfolders look like skills and are not meant to be published. */
const NOT_SKILLS = new Set(['test', 'tests', 'fixtures', 'template', 'templates', 'spec', 'docs'])
const LEGAL = /^(?:licen[cs]e|copying|notice|third[_-]party[_-]notices)(?:\.[a-z]+)?$/i

/** What the folder holds; `declare` are those that are not where they would be discovered. */
export function findArtifacts(paths: readonly string[]): {
  readonly found: readonly Artifact[]
  readonly declare: readonly Artifact[]
} {
  const usual = ARTIFACT_KINDS.flatMap(kind => discoverIn(kind, kind, paths))
  const kinds = new Set(usual.map(({ kind }) => kind))
  const declare = OTHER_HOMES.filter(([kind]) => !kinds.has(kind)).flatMap(([kind, homes]) => {
    const inHomes = homes.map(home => looseIn(kind, home, paths))
    return inHomes.find(artifacts => artifacts.length > 0) ?? []
  })
  // A manifest that declares some artifacts has no others discovered, so then all of them are declared.
  return {
    found: [...usual, ...declare],
    declare: declare.some(({ kind }) => kind !== 'rules') ? [...usual, ...declare] : [],
  }
}

function looseIn(kind: ArtifactKind, home: string, paths: readonly string[]): Artifact[] {
  if (home !== '') return discoverIn(kind, home, paths)
  // A repository that is one skill has its SKILL.md at the top.
  if (paths.includes('SKILL.md')) return [{ kind, name: '', main: 'SKILL.md', folder: '', declaredAt: undefined }]
  return discoverIn(kind, '', paths).filter(({ name }) => !name.startsWith('.') && !NOT_SKILLS.has(name))
}

type Declaration = { readonly name: string; readonly path: string; readonly description?: string }

export function declareArtifacts(folder: string, artifacts: readonly Artifact[]): Record<string, Declaration[]> {
  const byKind: Record<string, Declaration[]> = {}
  for (const artifact of artifacts) {
    const { name, description } = readFields(folder, artifact)
    const entry = {
      name: artifact.name === '' ? (name ?? nameFromFolder(folder)) : artifact.name,
      path: artifact.folder === '' ? '.' : (artifact.folder ?? artifact.main),
      ...(description === undefined ? {} : { description: description.slice(0, 1024) }),
    }
    byKind[artifact.kind] = [...(byKind[artifact.kind] ?? []), entry]
  }
  return byKind
}

/** The folders of the artifacts and what the law wants beside them: the rest of a repository is nobody else's business. */
export function filesOf(found: readonly Artifact[], paths: readonly string[]): string[] {
  if (found.some(({ folder }) => folder === '')) {
    return paths
      .filter(path => !path.startsWith('.'))
      .map(top)
      .filter(unique)
      .sort(compareText)
  }
  const hooks = paths.filter(path => /^(?:hooks|mcp)\//.test(path))
  const places = [...found.map(({ main, folder }) => dirname(folder ?? main)), ...hooks.map(top)].map(place =>
    place === '.' ? '' : place,
  )
  const folders = places.includes('') ? found.map(({ folder, main }) => folder ?? main) : places
  const legal = paths.filter(path => !path.includes('/') && LEGAL.test(path))
  return [...folders, ...legal].filter(unique).sort(compareText)
}

function top(path: string): string {
  return path.split('/')[0] ?? path
}

function unique(value: string, index: number, all: readonly string[]): boolean {
  return all.indexOf(value) === index
}

/** A package of one artifact is for what that artifact is for. */
export function describeFrom(folder: string, found: readonly Artifact[]): string | undefined {
  const [only] = found
  return found.length === 1 && only !== undefined ? readFields(folder, only).description?.slice(0, 1024) : undefined
}

function readFields(
  folder: string,
  { main }: Artifact,
): { readonly name: string | undefined; readonly description: string | undefined } {
  const fields = readFrontmatter(readPackageText(folder, main), main)?.fields
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value.trim() : undefined
  return { name: text(fields?.['name']), description: text(fields?.['description']) }
}

export function detectLicense(folder: string, paths: readonly string[]): string | undefined {
  const file = paths.find(path => /^licen[cs]e(?:\.md|\.txt)?$/i.test(path))
  if (file === undefined) return undefined
  const head = readFileSync(join(folder, file), 'utf8').slice(0, 400)
  if (/Apache License\s+Version 2\.0/.test(head)) return 'Apache-2.0'
  if (/MIT License|Permission is hereby granted, free of charge/.test(head)) return 'MIT'
  return file
}

/** What other tools' manifests in the folder say about it. */
export type Neighbour = {
  readonly name?: string
  readonly version?: string
  readonly description?: string
  readonly license?: string
  readonly keywords?: readonly string[]
}

/** Manifests that may lie beside, the one that knows most about agents first. */
const NEIGHBOURS = ['.claude-plugin/plugin.json', 'package.json']

/** Reads what is usable of the first neighbour that is there; what is not valid for a package is left out. */
export function readNeighbour(folder: string, paths: readonly string[]): Neighbour {
  const file = NEIGHBOURS.find(candidate => paths.includes(candidate))
  const value = file === undefined ? undefined : parseJson(readPackageText(folder, file))
  if (typeof value !== 'object' || value === null) return {}
  const { name, version, description, license, keywords } = value as Readonly<Record<string, unknown>>
  return {
    ...(typeof name === 'string' && explainName(name) === undefined ? { name } : {}),
    ...(typeof version === 'string' && isVersion(version) ? { version } : {}),
    ...(typeof description === 'string' && description !== '' ? { description: description.slice(0, 1024) } : {}),
    ...(typeof license === 'string' && license !== '' ? { license } : {}),
    ...(Array.isArray(keywords) && keywords.every(word => typeof word === 'string') ? { keywords } : {}),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    // Somebody else's file that is broken tells nothing, and is not ours to complain about.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
