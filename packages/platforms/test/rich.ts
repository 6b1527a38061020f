/** The package in rich/, read from its files: something of every kind in every form, under the names that D47 gives. */
import { type PackageFile, directoryName, parsePackageName } from '@aam/core'
import { type NamedPackage, type PlaceContext, assignNames, readArtifacts } from '@aam/platforms'
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifestOf } from './package-of.ts'
import { textOf } from './sample.ts'

const FOLDER = fileURLToPath(new URL('rich', import.meta.url))

export const digest = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex')

/** Its files. Those that begin with `#!` are executable, because a checkout may not say which are. */
export const richFiles: readonly PackageFile[] = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter(entry => entry.isFile())
  .map(entry => join(entry.parentPath, entry.name))
  .map(path => {
    const data = new Uint8Array(readFileSync(path))
    return { path: relative(FOLDER, path).replaceAll('\\', '/'), data, executable: data[0] === 35 && data[1] === 33 }
  })
  .sort((a, b) => (a.path < b.path ? -1 : 1))

const manifestText = textOf(richFiles.find(({ path }) => path === 'package.agent.json')!.data)
const manifest = manifestOf(JSON.parse(manifestText) as object)
const { artifacts, warnings } = readArtifacts(manifest, richFiles)
const folder = directoryName(parsePackageName('@team/review'))
const namesIn = (kind: 'skills' | 'commands' | 'agents' | 'rules' | 'servers'): string[] =>
  artifacts[kind].map(({ name }) => name)

/** Another package has a skill and a command of the same names. */
const nameOf = assignNames(
  [
    {
      package: '@team/review',
      folder,
      root: false,
      names: {
        skills: namesIn('skills'),
        commands: namesIn('commands'),
        agents: namesIn('agents'),
        rules: namesIn('rules'),
        servers: namesIn('servers'),
      },
    },
    {
      package: 'other',
      folder: 'other',
      root: false,
      names: { skills: ['pdf-tools'], commands: ['tidy'], agents: [], rules: [], servers: [] },
    },
  ],
  { skills: new Set(), commands: new Set(), agents: new Set(), rules: new Set(), servers: new Set() },
  digest,
)

export const rich: NamedPackage = {
  package: '@team/review',
  folder,
  artifacts,
  nameOf: (kind, name) => nameOf('@team/review', kind, name),
}

/** What reading it said. */
export const richWarnings: readonly string[] = warnings

/** At a level, with everything that is off by default. */
export function richContext(level: PlaceContext['level'], unverified: Iterable<string>): PlaceContext {
  const root = level === 'project' ? '.aam/run/team--review' : '/home/Jane Doe/.aam/run/team--review'
  return { level, root, unverified: new Set(unverified) }
}
