/** Several registries behave as one, and each name is looked for where D32 says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Registry, type Several, initFolderRegistry, openFolderRegistry, openSeveral } from '@aam/client'
import { type Version, parseRange } from '@aam/core'
import { NOW, named, packSpec, parseSpec } from '@aam/testkit'
import { describeRegistry } from './contract.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aam-several-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const root = (label: string): string => join(folder, label)
const folderRegistry = (label: string): Registry => openFolderRegistry({ root: root(label), now: () => NOW })

/** Three folders as one: the default, a second, and the one that has the scope `@team`. */
async function open(): Promise<Several> {
  for (const label of ['default', 'second', 'team']) await initFolderRegistry(root(label))
  const member = (label: string, scopes: readonly string[] = []) => ({
    label,
    scopes,
    open: () => folderRegistry(label),
  })
  return openSeveral([member('default'), member('second'), member('team', ['@team'])])
}

describeRegistry('several folders', {
  open,
  setRules: ({ allowed, protected: guarded }) => {
    const lines = [
      'format_version: 1',
      ...(allowed === undefined ? [] : [`allowed_tags: [${allowed.join(', ')}]`]),
      ...(guarded === undefined ? [] : [`protected_tags: [${guarded.join(', ')}]`]),
    ]
    writeFileSync(join(root('default'), 'registry.yaml'), `${lines.join('\n')}\n`)
    return Promise.resolve()
  },
})

const publish = async (label: string, spec: string, extra: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
  folderRegistry(label).publish(packSpec(parseSpec(spec), extra), {})

test('a search asks all of them, and ranks what they have together', async () => {
  const registry = await open()
  await publish('default', 'code-review 1.0.0')
  await publish('second', 'review 1.0.0')
  await publish('team', '@team/review 1.0.0')
  expect((await registry.search(['review'])).packages.map(({ name }) => name)).toEqual([
    'review',
    '@team/review',
    'code-review',
  ])
})

test('a search never shows what an install would not take', async () => {
  const registry = await open()
  await publish('default', 'review 1.0.0', { description: 'Reads' })
  await publish('second', 'review 9.0.0', { description: 'Writes' })
  await publish('second', '@team/review 9.0.0', { description: 'Writes' })
  expect((await registry.search(['review'])).packages).toMatchObject([{ name: 'review', latest: '1.0.0' }])
  // The one in front does not match these words; the one behind it is still not the one that is meant by its name.
  expect((await registry.search(['writes'])).packages).toEqual([])
})

test('a search tells of what is broken in each of them', async () => {
  const registry = await open()
  for (const label of ['default', 'second']) {
    await publish(label, `bad-${label} 1.0.0`)
    writeFileSync(join(root(label), `packages/bad-${label}/metadata.yaml`), 'name: [')
  }
  expect((await registry.search(['review'])).broken.map(({ name }) => name)).toEqual(['bad-default', 'bad-second'])
})

test('deprecating and yanking happen where the name is', async () => {
  const registry = await open()
  await publish('default', 'other 1.0.0')
  await publish('second', 'review 1.0.0')
  await publish('second', 'review 1.1.0')
  const name = named('review')
  await registry.fetchDocument(name)
  await registry.deprecate(name, { range: parseRange('1.0.0'), message: 'old' })
  expect((await registry.yank(name, { version: '1.1.0' as Version, undo: false })).latest?.to).toBe('1.0.0')
  const releases = [...(await registry.fetchDocument(name))!.releases.values()]
  expect(releases.map(({ deprecated, yanked }) => [deprecated, yanked])).toEqual([
    ['old', false],
    [undefined, true],
  ])
  expect(await folderRegistry('default').fetchDocument(name)).toBeUndefined()
})
