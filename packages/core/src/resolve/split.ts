/**
 * Several versions of one package side by side, where there is no other way (D17 `duplicate`). Who needs a contested
 * package is put into groups; each group gets a package of its own, and the question is asked again.
 */
import { type InstanceName, type PackageName, compareText, instanceName, packageOf } from '../name.ts'
import { type Range, matches } from '../range.ts'
import { type Version, compareVersions } from '../version.ts'
import { requirementsOf } from '../wants.ts'
import { Catalogue } from './catalogue.ts'
import { findClash } from './clash.ts'
import {
  type Pick as Picked,
  type SingleAnswer,
  type SingleQuestion,
  SingleSolver,
  type Solution,
  rootEdges,
  searchInput,
} from './single.ts'
import type { Choice, Known, KnownPackage } from './universe.ts'

/**
 * Solves a question that has no solution with one version of each package. A lock is a preference: where it makes groups
 * that do not work out, there is a way without it.
 */
export function solveSplit(question: SingleQuestion, catalogue: Catalogue): SingleAnswer {
  const answer = split(question, catalogue)
  if (answer.kind !== 'unsolvable' || question.locked.size === 0) return answer
  return split({ ...question, locked: new Map() }, catalogue)
}

function split(question: SingleQuestion, catalogue: Catalogue): SingleAnswer {
  const contested = new Set<PackageName>()
  for (;;) {
    // Without a word about what is contested: who needs it then, in breadth-first order, makes the groups.
    const open = { ...question, promoted: contested, wants: withoutRoots(question, contested) }
    const relaxed = new SingleSolver(open, catalogue).solve()
    if (relaxed.kind === 'unknown') return relaxed
    if (relaxed.kind === 'unsolvable') {
      const next = contestedIn(open, catalogue).find(name => !contested.has(name))
      if (next === undefined) return relaxed
      contested.add(next)
      continue
    }
    if (contested.size === 0) return relaxed
    const unknown = [...contested].filter(name => catalogue.known.get(name) === undefined)
    if (unknown.length > 0) return { kind: 'unknown', names: new Set(unknown) }
    const parts = new Split(question, catalogue.known, { contested, relaxed })
    const answer = parts.solve()
    if (answer.kind !== 'unsolvable') return answer
    const next = parts.contested().find(name => !contested.has(name))
    if (next === undefined) return answer
    contested.add(next)
  }
}

function withoutRoots({ wants }: SingleQuestion, contested: ReadonlySet<PackageName>): SingleQuestion['wants'] {
  return {
    ...wants,
    required: new Map([...wants.required].filter(([name]) => !contested.has(name))),
    selected: wants.selected.filter(({ name }) => !contested.has(name)),
  }
}

/** The packages that a conflict is about and that several ask for: the one that a person is told of, then others of the proof. */
function contestedIn(question: SingleQuestion, catalogue: Catalogue): PackageName[] {
  const clash = findClash(searchInput(question, 'ignore'), rootEdges(question.wants), catalogue)
  if (clash === undefined) return []
  const users = new Map<PackageName, Set<PackageName | undefined>>()
  for (const { name, from, peer } of clash.proof.flatMap(({ premises }) => premises)) {
    if (!peer) users.set(name, (users.get(name) ?? new Set()).add(from?.name))
  }
  const several = [...users].filter(([, each]) => each.size > 1).map(([name]) => name)
  return clash.facts.length > 1 ? [clash.target, ...several] : several
}

/** Ranges that one instance has to be in. */
type Group = { readonly alias: PackageName; readonly ranges: Range[] }

/** Between a name and a number: a package that stands for one group. It sorts right behind the package itself. */
const MARK = '\u0000'

class Split {
  readonly #question: SingleQuestion
  readonly #known: Pick<Known, 'get'>
  readonly #split: ReadonlySet<PackageName>
  readonly #groups = new Map<PackageName, Group[]>()
  readonly #catalogue: Catalogue
  readonly #single: SingleQuestion

  constructor(
    question: SingleQuestion,
    known: Pick<Known, 'get'>,
    { contested, relaxed }: { readonly contested: ReadonlySet<PackageName>; readonly relaxed: Solution },
  ) {
    this.#question = question
    this.#known = known
    this.#split = contested
    // The root has one version of everything, whatever parts of its manifest ask for it.
    for (const { name, range } of requirementsOf(question.wants)) {
      if (contested.has(name)) this.#groupsOf(name, { alias: name, ranges: [] })[0]!.ranges.push(range)
    }
    for (const { choice } of relaxed.picks.values()) {
      for (const name of [...choice.dependencies.keys()].sort(compareText)) {
        if (contested.has(name)) this.#assign(name, choice.dependencies.get(name)!)
      }
    }
    this.#catalogue = new Catalogue(this.#rewritten())
    this.#single = this.#rewrittenQuestion()
  }

  solve(): SingleAnswer {
    const answer = new SingleSolver(this.#single, this.#catalogue).solve()
    if (answer.kind === 'unknown') return { kind: 'unknown', names: new Set([...answer.names].map(original)) }
    return answer.kind === 'solved' ? this.#named(answer) : answer
  }

  /** The packages that a conflict is about even so. */
  contested(): PackageName[] {
    return contestedIn(this.#single, this.#catalogue).map(original)
  }

  /** Puts a range into the first group that still has a version then, else into one of its own. */
  #assign(name: PackageName, range: Range): void {
    const groups = this.#groupsOf(name)
    const fitting = groups.find(({ ranges }) => this.#someIn(name, [...ranges, range]))
    if (fitting !== undefined) fitting.ranges.push(range)
    else groups.push({ alias: alias(name, groups.length), ranges: [range] })
  }

  #groupsOf(name: PackageName, first?: Group): Group[] {
    let groups = this.#groups.get(name)
    if (groups === undefined) {
      groups = first === undefined ? [] : [first]
      this.#groups.set(name, groups)
    }
    return groups
  }

  #someIn(name: PackageName, ranges: readonly Range[]): boolean {
    const known = this.#known.get(name)
    if (known === undefined || known === 'missing') return false
    return [...known.values()].some(choice => !choice.yanked && ranges.every(range => matches(range, choice.version)))
  }

  /** The package that stands for what `range` asks of a contested one: that of its group, else one for this very range. */
  #aliasFor(name: PackageName, range: Range): PackageName {
    if (!this.#split.has(name)) return name
    const groups = this.#groups.get(name) ?? []
    const group =
      groups.find(({ ranges }) => ranges.includes(range)) ??
      groups.find(({ ranges }) => this.#someIn(name, [...ranges, range]))
    return group?.alias ?? alias(name, range.text)
  }

  #renamed(ranges: ReadonlyMap<PackageName, Range>): Map<PackageName, Range> {
    return new Map([...ranges].map(([name, range]) => [this.#aliasFor(name, range), range]))
  }

  /** The documents as they are when every group is a package. Each is rewritten when it is asked for. */
  #rewritten(): Pick<Known, 'get'> {
    const made = new Map<PackageName, KnownPackage>()
    const get = (name: PackageName): KnownPackage | undefined => {
      const before = made.get(name)
      if (before !== undefined) return before
      const known = this.#known.get(original(name))
      if (known === undefined || known === 'missing') return known
      const rewritten = new Map<Version, Choice>()
      const selected = this.#question.wants.extras.get(name) ?? []
      for (const [version, choice] of known) rewritten.set(version, this.#rewrittenChoice(choice, selected))
      made.set(name, rewritten)
      return rewritten
    }
    return { get }
  }

  /** One version has one version of each package it needs: what its selected extras ask of that goes to the same group. */
  #rewrittenChoice(choice: Choice, selected: readonly string[]): Choice {
    const aliases = new Map<PackageName, PackageName>()
    const renamed = (ranges: ReadonlyMap<PackageName, Range>): Map<PackageName, Range> =>
      new Map(
        [...ranges].map(([name, range]) => {
          const own = aliases.get(name) ?? this.#aliasFor(name, range)
          aliases.set(name, own)
          return [own, range]
        }),
      )
    const dependencies = renamed(choice.dependencies)
    const extras = new Map(choice.extras)
    for (const extra of selected) {
      const ranges = extras.get(extra)
      if (ranges !== undefined) extras.set(extra, renamed(ranges))
    }
    return { ...choice, dependencies, extras }
  }

  #rewrittenQuestion(): SingleQuestion {
    const { wants, locked } = this.#question
    const kept = new Map(locked)
    for (const [name, groups] of this.#groups) {
      const versions = [...locked].filter(([instance]) => packageOf(instance) === name).map(([, version]) => version)
      for (const { alias: own, ranges } of groups) {
        const version = versions.find(each => ranges.every(range => matches(range, each)))
        if (version === undefined) kept.delete(own)
        else kept.set(own, version)
      }
    }
    return {
      ...this.#question,
      locked: kept,
      wants: {
        ...wants,
        required: this.#renamed(wants.required),
        selected: wants.selected.map(each => ({ ...each, name: this.#aliasFor(each.name, each.range) })),
      },
    }
  }

  /** The solution with the names that people know: one version of a package keeps its name, the others are `name@version`. */
  #named(answer: Solution): Solution {
    const plain = this.#plainVersions(answer)
    const nameOf = (name: PackageName, version: Version): InstanceName =>
      plain.get(name) === version ? name : instanceName(name, version)
    const picks = new Map<InstanceName, Picked>()
    for (const [key, { version, dependencies }] of answer.picks) {
      const name = original(key as PackageName)
      const known = this.#known.get(name)
      if (known === undefined || known === 'missing') continue
      const choice = known.get(version)!
      const own = [...dependencies].map(([dependency, exact]) => [original(dependency), exact] as const)
      picks.set(nameOf(name, version), { name, version, choice, dependencies: new Map(own) })
    }
    return { ...answer, picks }
  }

  /** Of each package the version that keeps the name: the root's own, else the most required, else the highest (D17). */
  #plainVersions({ picks, root }: Solution): Map<PackageName, Version> {
    const users = new Map<PackageName, Map<Version, Set<InstanceName>>>()
    for (const [user, { dependencies }] of picks) {
      for (const [dependency, version] of dependencies) {
        const name = original(dependency)
        const versions = users.get(name) ?? new Map<Version, Set<InstanceName>>()
        users.set(name, versions)
        versions.set(version, (versions.get(version) ?? new Set()).add(user))
      }
    }
    const plain = new Map(root)
    for (const [name, versions] of users) {
      if (root.has(name)) continue
      const [first] = [...versions].sort(
        ([a, usersOfA], [b, usersOfB]) => usersOfB.size - usersOfA.size || compareVersions(b, a),
      )
      if (first !== undefined) plain.set(name, first[0])
    }
    return plain
  }
}

function alias(name: PackageName, group: number | string): PackageName {
  return (group === 0 ? name : `${name}${MARK}${String(group)}`) as PackageName
}

function original(name: PackageName): PackageName {
  const mark = name.indexOf(MARK)
  return mark === -1 ? name : (name.slice(0, mark) as PackageName)
}
