/** What is said about a conflict is true: every step follows, every requirement named is there, every suggestion works. */
import { describe, expect, test } from 'vitest'
import {
  type Answer,
  Catalogue,
  type Choice,
  type Known,
  type PackageName,
  type Question,
  type Range,
  type Version,
  compareVersions,
  exactly,
  explain,
  findCycle,
  findHeldBack,
  isPrerelease,
  matches,
  packageOf,
  parseRange,
  renderConflict,
  requirementsOf,
  solve,
} from '@aam/core'
import { findClash } from '../../src/resolve/clash.ts'
import { type Claim, type Premise, type Step, prove } from '../../src/resolve/proof.ts'
import { Search } from '../../src/resolve/search.ts'
import { BITS, COUNT } from '../../src/resolve/sets.ts'
import { rootEdges, searchInput } from '../../src/resolve/single.ts'
import { type Asked, type Scene, canonical, edgesOf, inOrder, isValid } from './oracle.ts'
import { type RichCase, forAll, knottyCase, randomCase, richCase } from './random-universe.ts'

const NOTHING = new Map<never, never>()

/** All kinds of universes: simple ones, knotty ones, and those with everything in them. */
function mixedCase(seed: number): RichCase {
  if (seed % 3 === 0) return richCase(seed)
  if (seed % 3 === 1) return knottyCase(seed)
  const { wants, known, text } = randomCase(seed)
  return { question: { wants, locked: NOTHING }, known, text }
}

/** Tells `law` of every case without a solution; there have to be many. */
function forAllConflicts(law: (random: RichCase, scene: Scene) => void, cases = 1_000): void {
  let conflicts = 0
  let all = 0
  forAll(
    mixedCase,
    random => {
      all++
      const { question, known } = random
      if (solve(question, known).kind === 'solved') return
      conflicts++
      law(random, { asked: question, known, peers: 'ignore' })
    },
    { cases },
  )
  expect(conflicts / all).toBeGreaterThan(0.1)
}

describe('a proof', () => {
  test('every requirement that it uses is there, and allows what it says (P10)', () => {
    forAllConflicts(({ question, known }, scene) => {
      for (const { premises } of proofOf(question, known)) for (const premise of premises) checkPremise(premise, scene)
    })
  })

  test('every step follows from its requirements and the steps it uses, and the last one leaves nothing (P10)', () => {
    let learned = 0
    forAllConflicts(({ question, known }, scene) => {
      const proof = proofOf(question, known)
      for (const [index, step] of proof.entries()) {
        expect(step.uses.every(use => proof.indexOf(use) < index && proof.includes(use))).toBe(true)
        expect(model(step, scene)?.size).toBeUndefined()
        if (step.uses.length > 0) learned++
      }
      expect(proof.at(-1)?.excluded).toEqual([])
    })
    expect(learned).toBeGreaterThan(50)
  })

  test('so it is for the reasons why peers could not bind', () => {
    let steps = 0
    forAll(
      seed => (seed % 2 === 0 ? richCase(seed) : knottyCase(seed)),
      ({ question, known }) => {
        const answer = solve(question, known)
        if (answer.kind === 'solved' && answer.peers === 'bind') return
        const scene: Scene = { asked: question, known, peers: 'bind' }
        const proof = prove(searchInput(question, 'bind'), rootEdges(question.wants), new Catalogue(known)) ?? []
        expect(proof.at(-1)?.excluded).toEqual([])
        for (const step of proof) {
          for (const premise of step.premises) checkPremise(premise, scene)
          expect(model(step, scene)?.size).toBeUndefined()
          if (step.premises.some(({ peer }) => peer)) steps++
        }
      },
      { cases: 1_000 },
    )
    expect(steps).toBeGreaterThan(50)
  })

  test('the root requirements of a conflict are as few as possible', () => {
    forAllConflicts(({ question, known }, scene) => {
      const edges = clashOf(question, known).edges.filter(({ kind }) => kind === 'required')
      const solvable = (kept: typeof edges): boolean => {
        const wants = { ...question.wants, required: NOTHING, selected: kept.map(edge => ({ ...edge, from: FROM })) }
        return canonical({ ...scene, asked: { ...question, wants } }) !== undefined
      }
      expect(solvable(edges)).toBe(false)
      for (const edge of edges) expect(solvable(edges.filter(other => other !== edge))).toBe(true)
    })
  })

  test('the quoted facts alone leave no version of their package, and each leads there from the root (P10)', () => {
    forAllConflicts(({ question, known }, scene) => {
      const { facts, target } = explain(question, new Catalogue(known))
      expect(facts.length).toBeGreaterThan(0)
      const ranges = facts.map(({ premise }) => premise.range)
      const fitting = inOrder(target, scene).filter(({ version }) => ranges.every(range => matches(range, version)))
      // A version that needs another version of its own package is a fact by itself.
      const own = facts.some(({ premise }) => premise.from?.name === target)
      if (!own) expect(fitting).toEqual([])
      for (const { premise, chain } of facts) {
        expect(premise.name).toBe(target)
        expect(chain.at(-1)?.name).toBe(premise.from?.name)
        const end = chain.at(-1)
        if (end !== undefined) expect(premise.from?.versions).toContain(end.version)
      }
    })
  })

  test('that is long is cut to 40 lines, the last of which is what it comes to', () => {
    const toldOf = (lines: number): string[] => {
      const steps = Array.from({ length: lines }, (_, index) => `line ${String(index + 1)}`)
      const nothing = { facts: [], remedies: [], missing: false, overridden: false, unobtainable: undefined }
      const root = { name: 'app', version: '1.0.0' as Version }
      const block = renderConflict({ ...nothing, target: 'a' as PackageName, steps }, root, [])
      return block.split('How this follows:\n')[1]!.split('\n')
    }
    expect(toldOf(40)).toHaveLength(40)
    expect(toldOf(50).slice(38)).toEqual(['  line 39', '      … 10 more lines; --json has them all', '  line 50'])
  })
})

describe('the search', () => {
  test('learns nothing twice', () => {
    let most = 0
    forAll(
      seed => knottyCase(seed, 12),
      ({ question, known }) => {
        const catalogue = new Catalogue(known)
        const learned: string[] = []
        new Search(catalogue).solve(searchInput(question, 'bind'), {
          learned: (_, terms, pool) => {
            const sets = terms.map(
              ({ package: id, set }) => `${String(id)}: ${pool.slice(set, set + BITS + pool[set + COUNT]!).join()}`,
            )
            learned.push(sets.sort().join('; '))
          },
        })
        most = Math.max(most, learned.length)
        expect(new Set(learned).size).toBe(learned.length)
      },
      { cases: 300 },
    )
    expect(most).toBeGreaterThan(5)
  })
})

describe('a remedy', () => {
  test('that is told has the outcome that it promises (P11)', () => {
    const seen = new Map<string, number>()
    forAllConflicts(({ question, known }, scene) => {
      const { remedies } = explain(question, new Catalogue(known))
      for (const { question: changed, tell } of remedies) {
        const answer = solve(changed, known)
        if (answer.kind === 'unknown') throw new Error('a document is missing')
        const sentence = tell(answer)
        if (sentence === undefined) continue
        const kind = /^(Report|Works: (?:change|add|`aam))/.exec(sentence)?.[1]
        seen.set(kind ?? sentence, (seen.get(kind ?? sentence) ?? 0) + 1)
        checkSentence(sentence, question, scene)
      }
    })
    expect([...seen.keys()].sort()).toEqual(['Report', 'Works: `aam', 'Works: add', 'Works: change'])
    for (const times of seen.values()) expect(times).toBeGreaterThan(10)
  })
})

describe('what was held back', () => {
  test('could not be had after the same earlier choices, and nothing else was (D16)', () => {
    let found = 0
    forAll(
      mixedCase,
      ({ question, known }) => {
        const answer = solve(question, known)
        if (answer.kind !== 'solved') return
        const told = findHeldBack(question, answer, new Catalogue(known))
        expect(told.map(({ name, version, better }) => `${name} ${version} ${better}`)).toEqual(
          heldBack(question, answer, known).map(({ name, version, better }) => `${name} ${version} ${better}`),
        )
        found += told.length
        for (const { why, better } of told) expect(why).toContain(better)
      },
      { cases: 1_500 },
    )
    expect(found).toBeGreaterThan(100)
  })
})

const FROM = { kind: 'dependencies' } as const

function clashOf(question: Question, known: Known) {
  const clash = findClash(searchInput(question, 'ignore'), rootEdges(question.wants), new Catalogue(known))
  if (clash === undefined) throw new Error('there is a solution')
  return clash
}

function proofOf(question: Question, known: Known) {
  return clashOf(question, known).proof
}

/** The requirement stands in the manifests, word for word, and `allowed` is what it allows. */
function checkPremise({ from, root, name, range, allowed, peer }: Premise, scene: Scene): void {
  const { wants } = scene.asked
  const fits = (written: { readonly name: PackageName; readonly range: Range; readonly peer: boolean }): boolean =>
    written.name === name && written.range === range && written.peer === peer
  if (from === undefined) {
    expect(root?.name).toBe(name)
    const counts = wants.resolutions.get(name) ?? (scene.asked.strategy === 'latest' ? parseRange('*') : root?.range)
    expect(range).toBe(counts)
    const written = [...requirementsOf(wants), ...[...wants.peers].map(([peer, own]) => ({ name: peer, range: own }))]
    expect(written.some(each => each.name === name && each.range === root?.range)).toBe(true)
  } else {
    expect(from.versions.length).toBeGreaterThan(0)
    for (const version of from.versions) {
      const choice = inOrder(from.name, scene).find(each => each.version === version)
      expect(choice && edgesOf(from.name, choice, scene).some(fits)).toBe(true)
    }
  }
  const admitted = inOrder(name, scene).filter(({ version }) => matches(range, version))
  // Of its own package, a version that needs another one has none.
  expect([...allowed].sort()).toEqual(from?.name === name ? [] : admitted.map(({ version }) => version).sort())
}

type State = Version | 'absent'

/**
 * States of the packages that the step speaks of for which everything it rests on holds, and what it excludes holds too:
 * `undefined`, after all of them were tried, when the step follows.
 */
function model(step: Step, scene: Scene): ReadonlyMap<PackageName, State> | undefined {
  const { premises, uses, excluded } = step
  const claims = [...uses.flatMap(use => use.excluded), ...excluded]
  const mentioned = [
    ...premises.flatMap(({ from, name }) => [name, ...(from ? [from.name] : [])]),
    ...claims.map(({ name }) => name),
  ]
  const names = [...new Set(mentioned)]
  const holds = ({ name, versions, absent }: Claim, states: ReadonlyMap<PackageName, State>): boolean => {
    const state = states.get(name)!
    return state === 'absent' ? absent : versions.includes(state)
  }
  const met = ({ from, name, allowed, peer }: Premise, states: ReadonlyMap<PackageName, State>): boolean => {
    const source = from === undefined ? undefined : states.get(from.name)!
    if (from !== undefined && (source === 'absent' || !from.versions.includes(source!))) return true
    const state = states.get(name)!
    return state === 'absent' ? peer : allowed.includes(state)
  }
  const attempt = (states: ReadonlyMap<PackageName, State>): ReadonlyMap<PackageName, State> | undefined => {
    const next = names.find(name => !states.has(name))
    if (next === undefined) {
      const sound =
        premises.every(premise => met(premise, states)) &&
        uses.every(use => !use.excluded.every(claim => holds(claim, states))) &&
        excluded.every(claim => holds(claim, states))
      return sound ? states : undefined
    }
    for (const state of ['absent' as const, ...inOrder(next, scene).map(({ version }) => version)]) {
      const found = attempt(new Map(states).set(next, state))
      if (found !== undefined) return found
    }
    return undefined
  }
  return attempt(new Map())
}

/** Does what a suggestion says, and looks at what comes of it. */
function checkSentence(sentence: string, question: Question, { known }: Scene): void {
  const { wants } = question
  const change = /^Works: change (\S+) to "(\^\S+)" \(uses (.*)\)$/.exec(sentence)
  if (change !== null) {
    const required = new Map(wants.required).set(change[1] as PackageName, parseRange(change[2]!))
    const changed = { ...question, wants: { ...wants, required } }
    const answer = solve(changed, known)
    expect(isInstallable(answer)).toBe(true)
    for (const use of change[3]!.split(', ')) expect(versionsOf(answer)).toContain(use)
    return
  }
  const add = /^Works: add "resolutions": \{ "(\S+)": "(\S+)" \}(?: \(breaks (.+)\))?$/.exec(sentence)
  if (add !== null) {
    const [, name, version] = add as unknown as [string, PackageName, Version]
    const resolutions = new Map(wants.resolutions).set(name, exactly(version))
    const answer = solve({ ...question, wants: { ...wants, resolutions } }, known)
    expect(isInstallable(answer)).toBe(true)
    for (const broken of add[3]?.split(/, (?=\S+'s )/) ?? []) {
      const [, , range] = /^(\S+)'s \S+ (.*)$/.exec(broken)!
      expect(matches(parseRange(range!), version)).toBe(false)
    }
    return
  }
  const several = /^Works: `aam install --on-conflict=(duplicate|peer)` \((.+)\)$/.exec(sentence)
  if (several !== null) {
    const answer = solve({ ...question, onConflict: several[1] as 'duplicate' | 'peer' }, known)
    expect(isInstallable(answer)).toBe(true)
    const uses = several[1] === 'peer' ? [several[2]!.split(',')[0]!] : several[2]!.split(/, (?=\S+ \S+ for )/)
    for (const use of uses) expect(versionsOf(answer)).toContain(use.split(' for ')[0])
    return
  }
  const name = /^Report to the author of (\S+): no published version of it can be installed$/.exec(sentence)?.[1]
  expect(name).toBeDefined()
  const alone = { ...wants, required: new Map([[name as PackageName, parseRange('*')]]), selected: [], extras: NOTHING }
  const asked: Asked = { ...question, wants: { ...alone, resolutions: NOTHING } }
  expect(canonical({ asked, known, peers: 'ignore' })?.size).toBeUndefined()
}

/** Whether there is a solution, and one that is not refused for a cycle (D18). */
function isInstallable(answer: Answer): boolean {
  return answer.kind === 'solved' && findCycle({ root: answer.root, packages: answer.picks }) === undefined
}

function versionsOf(answer: Answer): string[] {
  if (answer.kind !== 'solved') return []
  return [...answer.picks].map(([instance, { version }]) => `${packageOf(instance)} ${version}`)
}

/** The best version of each package that every range on it admits, where it is not the chosen one: by the definition. */
function heldBack(question: Question, answer: Extract<Answer, { kind: 'solved' }>, known: Known) {
  const scene: Scene = { asked: question, known, peers: answer.peers }
  const found: { readonly name: PackageName; readonly version: Version; readonly better: Version }[] = []
  const chosen = new Map([...answer.picks.values()].map(({ name, choice }) => [name, choice]))
  for (const { name, version } of answer.picks.values()) {
    // The lock lets a yanked version in; it makes none better than another.
    const better = [...inOrder(name, { asked: question, known })]
      .sort((a, b) => compare(a.version, b.version))
      .find(other => other.version === version || admitted(name, other))
    if (better !== undefined && better.version !== version && question.locked.get(name) !== version) {
      found.push({ name, version, better: better.version })
    }
  }
  return found

  function compare(a: Version, b: Version): number {
    const early = Number(isPrerelease(a)) - Number(isPrerelease(b))
    return early || compareVersions(a, b) * (question.strategy === 'lowest' ? 1 : -1)
  }

  /** Whether all that is chosen, but for this package, has nothing against this version of it. */
  function admitted(name: PackageName, other: Choice): boolean {
    const own = chosen.get(name)!
    const { wants, strategy } = question
    const optional = [
      ...(answer.root.has(name) ? [wants.optional] : []),
      ...[...answer.picks.values()].flatMap(pick =>
        pick.dependencies.has(name) ? [pick.choice.optionalDependencies] : [],
      ),
    ]
      .flatMap(ranges => ranges.get(name) ?? [])
      // What was left out may be there all the same, because of another.
      .filter(range => matches(range, own.version))
    const replaced = wants.resolutions.get(name)
    const ranges = replaced !== undefined ? [replaced] : strategy === 'latest' ? [] : optional
    if (!ranges.every(range => matches(range, other.version))) return false
    return isValid(new Map(chosen).set(name, { ...own, version: other.version }), scene)
  }
}
