/** `aam init`: makes a folder a package, around what is in it already. */
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { writeFileAtomic } from '@aam/client/files'
import { compareText, explainName, fail } from '@aam/core'
import { type Artifact, discoverIn, readFrontmatter } from '@aam/core/authoring'
import { ARTIFACT_KINDS, type ArtifactKind } from '@aam/core/manifest'
import { manifestJsonSchema } from '@aam/core/schemas'
import { listPackageFiles, readPackageText } from '../disk/package-files.ts'
import { STATE_FOLDER, nameFromFolder } from '../disk/project.ts'
import type { Context } from '../world.ts'
import { hasManifest } from './author.ts'

export type InitResult = {
  readonly name: string
  readonly version: string
  /** What was written, relative to the folder. */
  readonly files: readonly string[]
  /** What the folder held already. */
  readonly found: readonly { readonly kind: Artifact['kind']; readonly name: string; readonly path: string }[]
  /** The sample skill, when there was nothing. */
  readonly sample: string | undefined
}

const SCHEMA = `${STATE_FOLDER}/schema/package.agent.json`
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

/** @throws MANIFEST_EXISTS */
export async function initPackage({ world, settings }: Context, wantedName: string | undefined): Promise<InitResult> {
  const folder = world.cwd
  const existing = hasManifest(folder)
  if (existing !== undefined) fail('MANIFEST_EXISTS', { file: join(folder, existing) })
  const paths = listPackageFiles(folder)
  const { found, declare } = findArtifacts(paths)
  const asks = world.terminal.interactive && !settings.yes
  const suggested = wantedName ?? nameFromFolder(folder)
  const name =
    asks && wantedName === undefined
      ? await world.ask.text('Package name', suggested, answer => explainName(answer))
      : suggested
  const why = explainName(name)
  if (why !== undefined) fail('NAME_INVALID', { text: name, why })
  const fallback = describeFrom(folder, found)
  const description = asks ? await world.ask.text('What is it for?', fallback ?? '', () => undefined) : fallback
  const sample = found.length === 0 ? `skills/${basename(name)}/SKILL.md` : undefined
  const license = detectLicense(folder, paths)
  const manifest = {
    $schema: `./${SCHEMA}`,
    name,
    version: '0.1.0',
    description: description === undefined || description === '' ? `What ${name} helps with` : description,
    ...(license === undefined ? {} : { license }),
    ...(declare.length === 0 ? {} : { artifacts: declareArtifacts(folder, declare) }),
    ...(found.length === 0 ? {} : { files: filesOf(found, paths) }),
    ...(sample === undefined ? {} : { permissions: { fs: { read: ['**'] }, shell: { allow: false } } }),
  }
  const files: [path: string, text: string][] = [
    [SCHEMA, `${JSON.stringify(manifestJsonSchema(), undefined, 2)}\n`],
    ...(sample === undefined ? [] : [[sample, sampleSkill(basename(name))] satisfies [string, string]]),
    ['package.agent.json', `${JSON.stringify(manifest, undefined, 2)}\n`],
  ]
  for (const [path, text] of files) writeFileAtomic(join(folder, path), text)
  return {
    name,
    version: manifest.version,
    files: files.map(([path]) => path),
    found: found.map(({ kind, name: artifact, main }) => ({ kind, name: artifact, path: main })),
    sample,
  }
}

/** What the folder holds; `declare` are those that are not where they would be discovered. */
function findArtifacts(paths: readonly string[]): {
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

function declareArtifacts(folder: string, artifacts: readonly Artifact[]): Record<string, Declaration[]> {
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
function filesOf(found: readonly Artifact[], paths: readonly string[]): string[] {
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
function describeFrom(folder: string, found: readonly Artifact[]): string | undefined {
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

function detectLicense(folder: string, paths: readonly string[]): string | undefined {
  const file = paths.find(path => /^licen[cs]e(?:\.md|\.txt)?$/i.test(path))
  if (file === undefined) return undefined
  const head = readFileSync(join(folder, file), 'utf8').slice(0, 400)
  if (/Apache License\s+Version 2\.0/.test(head)) return 'Apache-2.0'
  if (/MIT License|Permission is hereby granted, free of charge/.test(head)) return 'MIT'
  return file
}

function sampleSkill(name: string): string {
  return `---
name: ${name}
description: Says in one sentence what this skill does, and when an agent should use it.
---

# ${name}

Tell the agent what to do, step by step, as you would tell a new colleague.

1. What to look at first.
2. What to produce, in which form.
3. How to check that it is right.
`
}
