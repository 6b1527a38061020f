import {
  type JsonInsertion,
  adoptJson,
  findJson,
  insertJson,
  isEmptyJson,
  removeJsonWithParents,
  replaceJson,
} from '@aam/platforms'
import fc from 'fast-check'
import { applyEdits, format } from 'jsonc-parser'
import { describe, expect, it } from 'vitest'
import { type UserEdit, editByUser, jsonFile, userEdit } from './json-documents.ts'
import { meaning } from './meaning.ts'

const RUNS = process.env['AAM_LONG'] === '1' ? 100_000 : 600

type Spot = { readonly at: readonly string[]; readonly list: boolean }
type Step =
  | { readonly kind: 'insert'; readonly spot: Spot; readonly value: unknown }
  | { readonly kind: 'replace'; readonly which: number; readonly value: unknown }
  | { readonly kind: 'remove'; readonly which: number }
  | { readonly kind: 'user'; readonly edit: UserEdit }

const spot = fc.constantFrom<Spot[]>(
  { at: [], list: false },
  { at: ['servers'], list: false },
  { at: ['servers'], list: false },
  { at: ['deep', 'inner'], list: false },
  { at: ['list'], list: true },
  { at: ['deep', 'list'], list: true },
)
const ours = fc.oneof(
  fc.constantFrom<unknown[]>({}, [], 1, 'text', { command: 'npx', args: ['-y', '$& "x" //'], env: {} }, [{ a: [] }]),
  fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom({}, [{}], '\n', 0.5), { maxKeys: 2 }),
)
const insert = fc.record({ kind: fc.constant('insert' as const), spot, value: ours })
const replace = fc.record({ kind: fc.constant('replace' as const), which: fc.nat(9), value: ours })
const remove = fc.record({ kind: fc.constant('remove' as const), which: fc.nat(9) })
const user = fc.record({ kind: fc.constant('user' as const), edit: userEdit })
const steps = fc.array(
  fc.oneof({ weight: 4, arbitrary: insert }, replace, { weight: 2, arbitrary: remove }, { weight: 3, arbitrary: user }),
  { minLength: 1, maxLength: 9 },
)
const order = fc.array(fc.nat(9), { minLength: 1, maxLength: 9 })

/** One thing of ours, by what its insertion reported; `addition` is what it has to be. */
type Thing = {
  readonly insertions: readonly JsonInsertion[]
  readonly addition: { readonly at: readonly string[]; readonly key: string | null; readonly value: unknown }
}
/** A file with things of ours, and what its user would have without us. */
type State = {
  readonly text: string
  readonly users: string
  readonly things: readonly Thing[]
  readonly count: number
}

function ok<R extends object>(result: R): Exclude<R, { readonly problem: unknown }> {
  expect(result).not.toHaveProperty('problem')
  return result as Exclude<R, { readonly problem: unknown }>
}

function take(state: State, next: Step): State {
  const { text, things, count } = state
  const known = things.flatMap(({ insertions }) => insertions)
  if (next.kind === 'user') {
    const edit = editByUser(state.users, next.edit, count)
    return { ...state, text: edit(text), users: edit(state.users), count: count + 1 }
  }
  if (next.kind === 'insert') {
    const { at, list } = next.spot
    const addition = list
      ? { at, key: null, value: { id: count, value: next.value } }
      : { at, key: `ours ${String(count)}`, value: next.value }
    const inserted = ok(insertJson(text, addition, known))
    const thing = { insertions: inserted.insertions, addition }
    return { ...state, text: inserted.text, things: [...things, thing], count: count + 1 }
  }
  const thing = things[next.which % Math.max(things.length, 1)]
  if (thing === undefined) return state
  const rest = things.filter(other => other !== thing)
  if (next.kind === 'remove') {
    return { ...state, text: ok(removeJsonWithParents(text, thing.insertions)).text, things: rest }
  }
  const value = thing.addition.key === null ? { id: count, value: next.value } : next.value
  const replaced = ok(replaceJson(text, thing.insertions.at(-1)!, value))
  const changed = {
    insertions: [...thing.insertions.slice(0, -1), replaced.insertion],
    addition: { ...thing.addition, value },
  }
  return {
    ...state,
    text: replaced.text,
    things: things.map(other => (other === thing ? changed : other)),
    count: count + 1,
  }
}

/** What a file has to mean: the user's value and, behind it, all things of ours. */
function expected({ users, things }: State): unknown {
  const value = meaning(users)
  for (const { addition } of things) {
    const container = containerIn(value, addition)
    if (Array.isArray(container)) container.push(addition.value)
    else container[addition.key!] = addition.value
  }
  return value
}

/** The object or list in `value` that something goes into, made when it is not there. */
function containerIn(value: unknown, { at, key }: Thing['addition']): Record<string, unknown> {
  let container = value as Record<string, unknown>
  for (const [depth, name] of at.entries()) {
    container[name] ??= key === null && depth === at.length - 1 ? [] : {}
    container = container[name] as Record<string, unknown>
  }
  return container
}

function withoutOurs({ text, things }: State, order: readonly number[]): string {
  let current = text
  let left = things
  for (let turn = 0; left.length > 0; turn++) {
    const thing = left[order[turn % order.length]! % left.length]!
    current = ok(
      removeJsonWithParents(current, JSON.parse(JSON.stringify(thing.insertions)) as typeof thing.insertions),
    ).text
    left = left.filter(other => other !== thing)
  }
  return current
}

/** Whether all that is in `part`, but for blanks, is in `whole` in the same order. */
function isWithin(part: string, whole: string): boolean {
  let at = -1
  return Array.from(part.replaceAll(/\s/g, '')).every(character => (at = whole.indexOf(character, at + 1)) !== -1)
}

describe('things of ours in a JSON file of a user', () => {
  it('mean what they should at any time, and leave no trace, whatever the order', () => {
    fc.assert(
      fc.property(jsonFile, steps, order, (file, todo, order) => {
        let state: State = { text: file, users: file, things: [], count: 0 }
        for (const next of todo) {
          state = take(state, next)
          expect(meaning(state.text)).toEqual(expected(state))
          expect(isWithin(state.users, state.text)).toBe(true)
          for (const { insertions } of state.things) expect(state.text).toContain(insertions.at(-1)!.text)
          expect(withoutOurs(state, order)).toBe(state.users)
        }
      }),
      { numRuns: RUNS },
    )
  }, 120_000)

  it('are found after a formatter went over the file, and removed so that the rest keeps its meaning', () => {
    fc.assert(
      fc.property(jsonFile, fc.array(insert, { minLength: 1, maxLength: 4 }), order, (file, todo, order) => {
        let state: State = { text: file, users: file, things: [], count: 0 }
        for (const next of todo) state = take(state, next)
        const layout = { tabSize: 3, insertSpaces: true, eol: '\n' }
        const formatted = applyEdits(state.text, format(state.text, undefined, layout))
        for (const { insertions } of state.things) expect(findJson(formatted, insertions.at(-1)!)).toBe('same')
        const left = withoutOurs({ ...state, text: formatted }, order)
        expect(meaning(left)).toEqual(meaning(file))
        expect(left.replaceAll(/\s|,(?=\s*[}\]])/g, '')).toBe(
          applyEdits(file, format(file, undefined, layout)).replaceAll(/\s|,(?=\s*[}\]])/g, ''),
        )
      }),
      { numRuns: RUNS / 5 },
    )
  })

  it('are found again and removed when their records are lost', () => {
    fc.assert(
      fc.property(jsonFile, fc.array(insert, { minLength: 1, maxLength: 4 }), (file, todo) => {
        let state: State = { text: file, users: file, things: [], count: 0 }
        for (const next of todo) state = take(state, next)
        for (const { addition } of state.things) {
          const adopted = adoptJson(state.text, addition)
          expect(adopted).toBeDefined()
          state = { ...state, text: ok(removeJsonWithParents(state.text, [adopted!])).text }
        }
        const withParents = meaning(file)
        for (const { addition } of state.things) containerIn(withParents, addition)
        expect(meaning(state.text)).toEqual(withParents)
      }),
      { numRuns: RUNS / 5 },
    )
  })
})

describe('a file that we made', () => {
  it('is empty when the last thing of ours is gone', () => {
    fc.assert(
      fc.property(fc.array(insert, { minLength: 1, maxLength: 4 }), order, (todo, order) => {
        const [first, ...others] = todo
        const addition = { at: first!.spot.at, key: first!.spot.list ? null : 'ours', value: { id: -1 } }
        const made = ok(insertJson(undefined, addition))
        let state: State = {
          text: made.text,
          users: '{}\n',
          things: [{ insertions: made.insertions, addition }],
          count: 0,
        }
        for (const next of others) state = take(state, next)
        expect(isEmptyJson(state.text)).toBe(false)
        expect(withoutOurs(state, order)).toBe('{}\n')
        expect(isEmptyJson('{}\n')).toBe(true)
      }),
      { numRuns: RUNS / 5 },
    )
  })
})
