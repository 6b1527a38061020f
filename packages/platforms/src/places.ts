/** Where a platform takes what, as paths that people can look at. */
import type { Hook, Server } from './artifacts.ts'
import type { Level, Placement, Places, Platform, RunContext } from './platform.ts'

/** Where a platform takes a kind of artifact: a folder or file; `null` when it does not have that kind. */
export type KindPlace = { readonly kind: keyof Places; readonly place: string | null }

const KINDS: readonly (keyof Places)[] = ['skills', 'commands', 'agents', 'rules', 'context', 'hooks', 'servers']

export type PlaceQuestion = {
  readonly level: Level
  /** Features that are on; a place that is off is none. */
  readonly unverified: ReadonlySet<string>
}

/** Every kind, whether the platform has it or not. Paths at user level keep their templates. */
export function placesOf(platform: Platform, question: PlaceQuestion): KindPlace[] {
  return KINDS.map(kind => ({ kind, place: placeOfKind(platform, question, kind) }))
}

function placeOfKind(platform: Platform, question: PlaceQuestion, kind: keyof Places): string | null {
  const places = platform[question.level]
  if (kind === 'hooks') return fileOf(places.hooks?.([SAMPLE_HOOK], sampleContext(question)))
  if (kind === 'servers') return fileOf(places.servers?.([SAMPLE_SERVER], [], sampleContext(question)))
  const place = places[kind]
  if (place === undefined) return null
  if (typeof place === 'string') return `${place}/`
  if ('asSkill' in place) return `${places.skills ?? ''}/`
  if ('feature' in place && !question.unverified.has(place.feature)) return null
  return 'file' in place ? place.file : `${place.folder}/`
}

/** Hooks and servers of a platform may depend on what they are; so it is asked where it would put the plainest ones. */
const SAMPLE_HOOK: Hook = {
  event: 'pre-tool-use',
  matcher: 'Bash',
  action: { type: 'command', command: 'true' },
  timeout: undefined,
}
const SAMPLE_SERVER: Server = {
  name: 'server',
  type: 'stdio',
  command: 'true',
  args: [],
  env: {},
  envFile: undefined,
  cwd: undefined,
}

function sampleContext({ level, unverified }: PlaceQuestion): RunContext {
  const warn = (): void => undefined
  return { level, root: '.', unverified, packageFolder: 'package', nameOf: (_, name) => name, warn }
}

function fileOf(placements: readonly Placement[] = []): string | null {
  const [first] = placements
  if (first === undefined) return null
  return first.form === 'files' ? `${first.root.slice(0, first.root.lastIndexOf('/'))}/` : first.file
}
