/** Documents are fetched once, together, and before they are asked for; when they arrive changes nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Several, openFolderRegistry, openSeveral } from '@aam/client'
import { NO_POLICY, type PackageName, type Version, parseRange } from '@aam/core'
import { NOW, type Sandbox, createSandbox, named, startRegistry, wantsFrom } from '@aam/testkit'
import { type DocumentFetcher, createFetcher } from '../src/actions/documents.ts'
import { openResolver, resolveQuestion } from '../src/actions/resolve.ts'

let sandbox: Sandbox

beforeEach(() => {
  sandbox = createSandbox()
})

afterEach(() => {
  sandbox.remove()
})

/** The real registry, asked over a slow line: how often each name was asked for, and how many questions were open at once. */
function slowly(delayOf: (name: PackageName) => number): {
  readonly registry: Several
  readonly asked: PackageName[]
  readonly open: { now: number; most: number }
} {
  const folder = openFolderRegistry({ root: sandbox.path('registry'), now: () => NOW })
  const asked: PackageName[] = []
  const open = { now: 0, most: 0 }
  const fetchDocument: Several['fetchDocument'] = async name => {
    asked.push(name)
    open.most = Math.max(open.most, ++open.now)
    await new Promise(resolve => setTimeout(resolve, delayOf(name)))
    open.now--
    return folder.fetchDocument(name)
  }
  const member = { label: 'default', scopes: [], open: () => ({ ...folder, fetchDocument }) }
  return { registry: openSeveral([member]), asked, open }
}

/** Nobody listens. */
const unheard = { report: (): void => undefined }
const ATTEMPT = { command: 'aam install', adds: new Set<PackageName>(), mayChangeRanges: true }

const CHAIN = ['a 1.0.0 → b *', 'b 1.0.0 → c *', 'c 1.0.0 → d *', 'd 1.0.0']
const WIDE = Array.from({ length: 20 }, (_, index) => `w${String(index)} 1.0.0 → a *`)

describe('documents', () => {
  test('that can be foreseen are all asked for at once, each once', async () => {
    await startRegistry(sandbox, [...CHAIN, ...WIDE])
    const { registry, asked, open } = slowly(() => 5)
    const wants = wantsFrom(Object.fromEntries(WIDE.map(line => [line.split(' ')[0]!, '*'])))
    const resolver = openResolver(unheard, ATTEMPT, { registry, policy: NO_POLICY, locked: new Map() })
    const { picks } = await resolveQuestion(resolver, { wants, locked: new Map() })
    expect(picks.size).toBe(24)
    expect(open.most).toBe(20)
    expect([...asked].sort()).toEqual([...new Set(asked)].sort())
    expect(asked).toHaveLength(24)
  })

  test('of a lock are asked for at once, whatever depends on what', async () => {
    await startRegistry(sandbox, CHAIN)
    const { registry, open } = slowly(() => 5)
    const locked = new Map(['a', 'b', 'c', 'd'].map(name => [named(name), '1.0.0' as Version]))
    const resolver = openResolver(unheard, ATTEMPT, { registry, policy: NO_POLICY, locked })
    await resolveQuestion(resolver, { wants: wantsFrom({ a: '*' }), locked })
    expect(open.most).toBe(4)
  })

  test('are followed as they arrive, without waiting for slower ones', async () => {
    await startRegistry(sandbox, [...CHAIN, 'slow 1.0.0'])
    const arrivals: PackageName[] = []
    const { registry } = slowly(name => (name === 'slow' ? 200 : 1))
    const fetcher: DocumentFetcher = createFetcher({ registry, policy: NO_POLICY, locked: new Map() })
    fetcher.foresee([
      [named('a'), [parseRange('*')]],
      [named('slow'), [parseRange('*')]],
    ])
    const slow = fetcher.fetch(named('slow')).then(() => arrivals.push(...fetcher.arrived.keys()))
    await slow
    expect(arrivals).toEqual(['a', 'b', 'c', 'd', 'slow'])
  })

  test('that were guessed and cannot be had fail nothing, as long as nobody needs them', async () => {
    await startRegistry(sandbox, ['a 1.0.0', 'a 1.1.0 → broken *', 'keep 1.0.0 → a 1.0.0', 'broken 1.0.0'])
    sandbox.write('registry/packages/broken/metadata.yaml', 'name: [')
    sandbox.clear('registry/packages/broken/document.json')
    const { registry, asked } = slowly(() => 1)
    const ask = async (range: string): Promise<string[]> => {
      const resolver = openResolver(unheard, ATTEMPT, { registry, policy: NO_POLICY, locked: new Map() })
      const wants = wantsFrom({ a: range, keep: '*' })
      const { picks } = await resolveQuestion(resolver, { wants, locked: new Map() })
      return [...picks.values()].map(({ name, version }) => `${name} ${version}`)
    }
    // `a *` looks like 1.1.0, which needs what is broken; `keep` rules it out.
    expect(await ask('*')).toEqual(['a 1.0.0', 'keep 1.0.0'])
    expect(asked).toContain('broken')
    const alone = openResolver(unheard, ATTEMPT, { registry, policy: NO_POLICY, locked: new Map() })
    await expect(resolveQuestion(alone, { wants: wantsFrom({ a: '*' }), locked: new Map() })).rejects.toThrow(/broken/)
  })

  test('may arrive in any order', async () => {
    await startRegistry(sandbox, [
      'a 2.0.0 → c ^1.0.0',
      'a 1.0.0',
      'b 2.0.0 → c ^3.0.0',
      'b 1.0.0 → c ^2.0.0',
      'c 1.0.0',
      'c 2.0.0',
      'c 3.0.0 → d *',
      'd 1.0.0',
    ])
    for (let seed = 0; seed < 12; seed++) {
      const { registry } = slowly(name => ((name.charCodeAt(0) * 7 + seed * 13) % 5) * 3)
      const resolver = openResolver(unheard, ATTEMPT, { registry, policy: NO_POLICY, locked: new Map() })
      const { picks } = await resolveQuestion(resolver, { wants: wantsFrom({ a: '*', b: '*' }), locked: new Map() })
      expect([...picks.values()].map(({ name, version }) => `${name} ${version}`)).toEqual([
        'a 1.0.0',
        'b 2.0.0',
        'c 3.0.0',
        'd 1.0.0',
      ])
    }
  })
})
