/** Ways, cycles and peers in a graph that has several versions of one package (D17, D18, D23). */
import {
  type Graph,
  type InstanceName,
  type PackageName,
  type Range,
  chainsTo,
  checkPeers,
  findCycle,
  formatPeerProblem,
  hasInstances,
  instanceFor,
  parseInstanceName,
  parsePackageName,
  parseRange,
  parseVersion,
} from '@aam/core'
import { describe, expect, it, test } from 'vitest'
import { lockOf } from './lock-of.ts'

type Packages = Parameters<typeof lockOf>[0]

const graphOf = (roots: Readonly<Record<string, string>>, packages: Packages): Graph => ({
  root: new Map(Object.entries(roots).map(([name, version]) => [parsePackageName(name), parseVersion(version)])),
  packages: lockOf(packages).resolved,
})

const BOTH: Packages = {
  b: ['1.5.0', { d: '3.0.0' }],
  c: ['2.1.0', { d: '2.0.0' }],
  d: ['3.0.0'],
  'd@2.0.0': ['2.0.0', { e: '1.0.0' }],
  e: ['1.0.0'],
}
const both = graphOf({ b: '1.5.0', c: '2.1.0' }, BOTH)

describe('which one a dependency means', () => {
  test.each([
    ['3.0.0', 'd'],
    ['2.0.0', 'd@2.0.0'],
    ['1.0.0', 'd'],
  ])('d %s means %s', (version, instance) => {
    expect(instanceFor(both.packages, parsePackageName('d'), parseVersion(version))).toBe(instance)
  })
  it('a graph has instances when some name has a version in it', () => {
    expect(hasInstances(both.packages)).toBe(true)
    expect(hasInstances(lockOf({ b: ['1.0.0'], '@team/d': ['1.0.0'] }).resolved)).toBe(false)
  })
})

test.each([
  ['d', [['b', 'd']]],
  ['d@2.0.0', [['c', 'd@2.0.0']]],
  ['e', [['c', 'd@2.0.0', 'e']]],
])('the ways to %s', (name, chains) => {
  expect(chainsTo(both, parseInstanceName(name))).toEqual(chains)
})

describe('cycles', () => {
  it('two versions of a package on one way are none', () => {
    const graph = graphOf(
      { d: '3.0.0' },
      { d: ['3.0.0', { c: '1.0.0' }], c: ['1.0.0', { d: '2.0.0' }], 'd@2.0.0': ['2.0.0'] },
    )
    expect(findCycle(graph)).toBeUndefined()
  })
  it('one that goes through an instance names it', () => {
    const graph = graphOf(
      { b: '1.0.0', d: '3.0.0' },
      {
        b: ['1.0.0', { c: '1.0.0' }],
        c: ['1.0.0', { d: '2.0.0' }],
        d: ['3.0.0'],
        'd@2.0.0': ['2.0.0', { c: '1.0.0' }],
      },
    )
    expect(findCycle(graph)).toEqual(['c', 'd@2.0.0', 'c'])
  })
})

describe('peers', () => {
  const asks = (from: string, range: string) => {
    const peers = new Map<PackageName, Range>([[parsePackageName('d'), parseRange(range)]])
    return (name: InstanceName): ReadonlyMap<PackageName, Range> => (name === from ? peers : new Map())
  }
  const problems = (graph: Graph, from: string, range: string): string[] =>
    checkPeers(graph, asks(from, range)).map(formatPeerProblem)
  // p is below c, which has d 2; b has d 3.
  const below = graphOf({ b: '1.5.0', c: '2.1.0' }, { ...BOTH, c: ['2.1.0', { d: '2.0.0', p: '1.0.0' }], p: ['1.0.0'] })
  it('the one that the package above has counts, not the one with the plain name', () => {
    expect(problems(below, 'p', '^2')).toEqual([])
    expect(problems(below, 'p', '^3')).toEqual(['p@1.0.0 needs the peer d ^3, and d@2.0.0 is there'])
  })
  it('the one that the project has counts too', () => {
    const own = { ...below, root: new Map([...below.root, [parsePackageName('d'), parseVersion('3.0.0')]]) }
    expect(problems(own, 'p', '^3')).toEqual([])
    expect(problems(own, 'p', '^2')).toEqual([])
    expect(problems(own, 'p', '^4')).toEqual(['p@1.0.0 needs the peer d ^4, and d@3.0.0 is there'])
  })
  it('of an instance are told with the name of its package', () => {
    const graph = graphOf({ c: '1.0.0' }, { c: ['1.0.0', { p: '1.0.0' }], p: ['2.0.0'], 'p@1.0.0': ['1.0.0'] })
    expect(problems(graph, 'p@1.0.0', '^1')).toEqual([
      'p@1.0.0 needs the peer d ^1, and neither the project nor a package above it has one',
    ])
  })
})
