/** What platforms ask for, put together. */
import { type Unit, joinUnits } from '@aam/platforms'
import { describe, expect, it } from 'vitest'

const element = (owner: string, value: string): Unit => ({
  package: owner,
  kind: 'hooks',
  name: 'hooks',
  form: 'json',
  file: 'hooks.json',
  at: ['hooks', 'stop'],
  key: null,
  value: { command: value },
  needs: [],
})
const joined = (...asked: readonly (readonly [string, Unit])[]): unknown[] =>
  joinUnits(asked.map(([platform, unit]) => ({ platform, unit }))).units.map(unit => [
    unit.package,
    unit.form === 'json' ? unit.value : undefined,
    ...unit.platforms,
  ])

describe('elements of one list', () => {
  it('keep the order in which a package has them', () => {
    expect(joined(['x', element('a', '2')], ['x', element('a', '1')], ['x', element('a', '3')])).toEqual([
      ['a', { command: '2' }, 'x'],
      ['a', { command: '1' }, 'x'],
      ['a', { command: '3' }, 'x'],
    ])
  })
  it('come package by package, whichever was asked for first', () => {
    const [a2, a1, b0] = [element('a', '2'), element('a', '1'), element('b', '0')]
    const expected = joined(['x', a2], ['x', a1], ['x', b0])
    expect(joined(['x', b0], ['x', a2], ['x', a1])).toEqual(expected)
    expect(joined(['x', a2], ['x', b0], ['x', a1])).toEqual(expected)
  })
  it('that two platforms read there are there once', () => {
    expect(joined(['y', element('a', '1')], ['x', element('a', '1')])).toEqual([['a', { command: '1' }, 'x', 'y']])
  })
})
