/** Requests that change a registry, each with what a package looks like before and after. */
import { integrityOf } from '@aam/archive'
import { type PackageName, isAamError, parseTag, parseVersion } from '@aam/core'
import { named, packSpec, parseSpec } from '@aam/testkit'
import { type Connection, type Settings, addUser, connect, startProcess } from './server-process.ts'

/** Signed in at a server as who publishes, and as who approves. */
export type People = { readonly ann: Connection; readonly bob: Connection }

export type CrashScenario = {
  readonly title: string
  readonly settings?: Settings
  /** Makes a package to work on. */
  readonly prepare: (people: People, name: PackageName) => Promise<unknown>
  /** The request that is stopped. */
  readonly act: (people: People, name: PackageName) => Promise<unknown>
  /** As `stateOf` describes the package. */
  readonly before: string
  readonly after: string
  /** What the request says when it was done already. */
  readonly onceDone?: string
}

export type Tokens = { readonly ann: string; readonly bob: string }

const STABLE = parseTag('stable')
const FIRST = parseVersion('1.0.0')
const SECOND = parseVersion('1.1.0')
/** Larger than a database page, so that it is written in pieces. */
const LONG = { keywords: Array.from({ length: 400 }, (_, index) => `keyword-${String(index)}`) }

export function archiveOf(name: string, version: string): Buffer {
  return packSpec(parseSpec(`${name} ${version}`), LONG)
}

const publish =
  (version: string, tag?: typeof STABLE): CrashScenario['act'] =>
  async ({ ann }, name) =>
    ann.registry.publish(archiveOf(name, version), { tag })

const both: CrashScenario['act'] = async (people, name) => {
  await publish('1.0.0')(people, name)
  await publish('1.1.0')(people, name)
}

const ONE = 'latest 1.0.0 | 1.0.0'

export const SCENARIOS: readonly CrashScenario[] = [
  {
    title: 'publishing a package',
    prepare: async () => Promise.resolve(),
    act: publish('1.0.0'),
    before: 'absent',
    after: ONE,
  },
  {
    title: 'publishing another version, with a tag',
    prepare: publish('1.0.0'),
    act: publish('1.1.0', STABLE),
    before: ONE,
    after: 'latest 1.1.0, stable 1.1.0 | 1.0.0, 1.1.0',
  },
  {
    title: 'setting a tag',
    prepare: publish('1.0.0'),
    act: async ({ ann }, name) => ann.registry.setTag(name, { tag: STABLE, version: FIRST, force: false }),
    before: ONE,
    after: 'latest 1.0.0, stable 1.0.0 | 1.0.0',
  },
  {
    title: 'removing a tag',
    prepare: publish('1.0.0', STABLE),
    act: async ({ ann }, name) => ann.registry.removeTag(name, { tag: STABLE, force: false }),
    before: 'latest 1.0.0, stable 1.0.0 | 1.0.0',
    after: ONE,
    onceDone: 'TAG_NOT_FOUND',
  },
  {
    title: 'yanking',
    prepare: both,
    act: async ({ ann }, name) => ann.registry.yank(name, { version: SECOND, undo: false }),
    before: 'latest 1.1.0 | 1.0.0, 1.1.0',
    after: 'latest 1.0.0 | 1.0.0, 1.1.0 yanked',
  },
  {
    title: 'approving',
    settings: { REQUIRE_APPROVAL: 'true' },
    prepare: publish('1.0.0', STABLE),
    act: async ({ bob }, name) => bob.account.approve(name, FIRST, { status: 'approved' }),
    before: 'absent',
    after: 'latest 1.0.0, stable 1.0.0 | 1.0.0',
  },
]

/** Makes the accounts in a new folder of data. */
export async function makePeople(program: string, dataFolder: string): Promise<Tokens> {
  const server = await startProcess(program, dataFolder)
  const ann = await addUser(server.address, 'ann')
  const bob = await addUser(server.address, 'bob', ['approver'])
  await server.terminate()
  return { ann, bob }
}

export function signIn(address: string, { ann, bob }: Tokens): People {
  return { ann: connect(address, ann), bob: connect(address, bob) }
}

export function nameOf(index: number): PackageName {
  return named(`crash-${String(index)}`)
}

/** What everybody sees of a package: tags and versions. */
export async function stateOf({ ann }: People, name: PackageName): Promise<string> {
  const document = await ann.registry.fetchDocument(name)
  if (document === undefined || document.releases.size === 0) return 'absent'
  const tags = [...document.tags].map(([tag, version]) => `${tag} ${version}`).sort()
  const versions = [...document.releases.values()].map(({ version, yanked }) => `${version}${yanked ? ' yanked' : ''}`)
  return `${tags.join(', ')} | ${versions.join(', ')}`
}

/** What is wrong with the archives of a package. */
export async function checkArchives({ ann }: People, name: PackageName): Promise<string[]> {
  const document = await ann.registry.fetchDocument(name)
  const problems: string[] = []
  for (const { version, integrity } of document?.releases.values() ?? []) {
    const found = integrityOf(await ann.registry.fetchArchive(name, version))
    if (found !== integrity) problems.push(`${name}@${version} is ${found}`)
    if (found !== integrityOf(archiveOf(name, version))) problems.push(`${name}@${version} is not what was published`)
  }
  return problems
}

/** @returns the code of the failure, `undefined` when it was a success */
export async function codeOf(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (!isAamError(error)) throw error
    return error.code
  }
}
