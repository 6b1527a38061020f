/** A proof read aloud. */
import type { PackageName } from '../name.ts'
import type { Version } from '../version.ts'
import type { Catalogue } from './catalogue.ts'
import { impossible } from './clash.ts'
import type { Claim, Premise, Proof, Step } from './proof.ts'

/** The derivation: one numbered paragraph for each step, resting on requirements and on those before it. */
export function describeProof(proof: Proof, root: string, catalogue: Catalogue): string[] {
  const number = new Map(proof.map((step, index) => [step, index + 1]))
  return proof.map((step, index) => {
    const lines = [
      ...step.premises.map(premise => `${describePremise(narrowed(premise, step), root, catalogue)}.`),
      ...step.uses.map(use => `By (${String(number.get(use) ?? 0)}), ${describeExcluded(use)}.`),
      conclude(step),
    ]
    return lines.map((line, at) => `${at === 0 ? `(${String(index + 1)})`.padEnd(4) : '    '}${line}`).join('\n')
  })
}

/** What a step comes to, and the package that nothing is left of where that takes two requirements to see. */
function conclude(step: Step): string {
  const clash = impossible(step.premises, true)
  const nothing = clash === undefined || clash.length < 2 ? 'So' : `No ${clash[0]!.name} is in all of these ranges, so`
  return `${nothing} ${step.excluded.length === 0 ? 'there is no solution' : describeExcluded(step)}.`
}

/** Of the versions that need something only those that the rest of the step allows: the others are no part of the story. */
function narrowed(premise: Premise, { premises }: Step): Premise {
  const { from } = premise
  if (from === undefined) return premise
  const bounds = premises.filter(({ name }) => name === from.name)
  const versions = from.versions.filter(version => bounds.every(({ allowed }) => allowed.includes(version)))
  return versions.length === 0 ? premise : { ...premise, from: { ...from, versions } }
}

function describePremise(premise: Premise, root: string, catalogue: Catalogue): string {
  const { from, name, range, allowed, peer } = premise
  const who = from === undefined ? root : describeVersions(from.name, from.versions, catalogue)
  const which = catalogue.isMissing(name)
    ? ', which no registry has'
    : allowed.length === 0
      ? ', which no version satisfies'
      : from === undefined && range.text !== allowed.join()
        ? `, which allows ${listVersions(allowed)}`
        : ''
  const one = from === undefined || from.versions.length === 1 || who.startsWith('every')
  return `${who} ${one ? 'requires' : 'require'} ${peer ? 'the peer ' : ''}${name} ${range.text}${origin(premise)}${which}`
}

/** `a 1.0.0`, or `every version of a (1.0.0, 1.1.0)`. */
function describeVersions(name: PackageName, versions: readonly Version[], catalogue: Catalogue): string {
  const all = catalogue.packages[catalogue.idOf(name)]?.choices.filter(({ yanked }) => !yanked).length
  return all === versions.length && versions.length > 1
    ? `every version of ${name} (${listVersions(versions)})`
    : `${name} ${listVersions(versions)}`
}

/** What a step excludes: versions that cannot be used, together or at all, or what they leave of another package. */
function describeExcluded({ excluded }: Step): string {
  const present = excluded.filter(({ absent }) => !absent)
  const bound = excluded.filter(({ absent }) => absent)
  const given = present.map(describeClaim).join(' and ')
  if (bound.length === 0) return `${given} cannot be used${present.length > 1 ? ' together' : ''}`
  const left = bound
    .map(({ name, others }) => `${name} must be ${others.length === 0 ? 'there' : listVersions(others)}`)
    .join(' or ')
  return present.length === 0 ? left : `with ${given}, ${left}`
}

function describeClaim({ name, versions }: Claim): string {
  return `${name} ${listVersions(versions)}`
}

function listVersions(versions: readonly Version[]): string {
  return versions.length <= 5
    ? versions.join(', ')
    : `${versions.slice(0, 3).join(', ')}, …, ${versions.at(-1) ?? ''} (${String(versions.length)} versions)`
}

/** ` (group docs)`, ` (tag stable)` where the root does not say it in its dependencies. */
export function origin({ root }: Premise): string {
  return root !== undefined && 'name' in root.from ? ` (${root.from.kind} ${root.from.name})` : ''
}
