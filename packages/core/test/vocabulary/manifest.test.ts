import { type Problem, LATEST } from '@aam/core'
import { readYamlText, translateAamYaml } from '@aam/core/authoring'
import { decodeManifest, decodeManifestSource } from '@aam/core/manifest'
import type { DecodedManifest } from '@aam/core/manifest'
import { describe, expect, it, test } from 'vitest'
import { problemsOf } from './failure-of.ts'

const BASE = { name: 'a', version: '1.0.0' }
const FILE = 'package.agent.json'

/** A manifest on several lines: name on line 2, version on 3, the first field of `more` on 4. */
const decode = (more: object): DecodedManifest =>
  decodeManifest(JSON.stringify({ ...BASE, ...more }, undefined, 2), FILE)
const errors = (more: object): readonly Problem[] => problemsOf(() => decode(more))

describe('required fields (UAAPS 3)', () => {
  it('are name and version, both missed at once', () => {
    const problems = problemsOf(() => decodeManifest('{}', FILE))
    expect(problems.map(({ field, message, line, file }) => [field, message, line, file])).toEqual([
      ['name', 'it is required', 1, FILE],
      ['version', 'it is required', 1, FILE],
    ])
  })
  it('are enough', () => {
    const { manifest, warnings } = decode({})
    expect(warnings).toEqual([])
    expect(manifest).toMatchObject({
      name: 'a',
      version: '1.0.0',
      resolverVersion: 1,
      private: false,
      artifacts: undefined,
    })
  })
  it.each(['[]', 'null', '"a"', '1'])('%s is no manifest', text => {
    expect(problemsOf(() => decodeManifest(text, FILE))[0]).toMatchObject({ field: '', line: 1 })
  })
})

describe('wrong fields, each with its line and field', () => {
  test.each<readonly [object, string, number, RegExp]>([
    [{ name: 'A' }, 'name', 2, /capital letters/],
    [{ name: 'a--b' }, 'name', 2, /'--' is reserved/],
    [{ name: 'con' }, 'name', 2, /Windows/],
    [{ name: 1 }, 'name', 2, /must be text/],
    [{ version: '1.0' }, 'version', 3, /SemVer/],
    [{ version: 'v1.0.0' }, 'version', 3, /SemVer/],
    [{ version: 1 }, 'version', 3, /quotes/],
    [{ version: '9007199254740992.0.0' }, 'version', 3, /./],
    [{ description: 'x'.repeat(1025) }, 'description', 4, /at most 1024/],
    [{ keywords: ['a', 1] }, 'keywords[1]', 6, /must be text/],
    [{ keywords: 'a' }, 'keywords', 4, /must be a list/],
    [{ dependencies: null }, 'dependencies', 4, /must be an object, not null/],
    [{ dependencies: [] }, 'dependencies', 4, /must be an object, not a list/],
    [{ dependencies: { b: 1 } }, 'dependencies.b', 5, /must be text/],
    [{ dependencies: { b: '^1', c: 'nope' } }, 'dependencies.c', 6, /not a version range/],
    [{ dependencies: { B: '^1' } }, 'dependencies.B', 5, /not a package name/],
    [{ dependencies: { 'b--c': '^1' } }, 'dependencies.b--c', 5, /'--' is reserved/],
    [{ dependencies: { b: 'stable' } }, 'dependencies.b', 5, /aam install b@stable/],
    [{ dependencies: { b: 'file:../b' } }, 'dependencies.b', 5, /from a registry only/],
    [{ dependencies: { b: 'x'.repeat(2000) } }, 'dependencies.b', 5, /at most 1024/],
    [{ optionalDependencies: { b: '>' } }, 'optionalDependencies.b', 5, /range/],
    [{ peerDependencies: { b: '>' } }, 'peerDependencies.b', 5, /range/],
    [{ resolutions: { b: '>' } }, 'resolutions.b', 5, /range/],
    [{ dependencyGroups: { dev: { dependencies: { b: '>' } } } }, 'dependencyGroups.dev.dependencies.b', 7, /range/],
    [{ dependencyGroups: { dev: {} } }, 'dependencyGroups.dev', 5, /a group declares/],
    [{ dependencyGroups: { Dev: { dependencies: {} } } }, 'dependencyGroups.Dev', 5, /lower-case/],
    [{ dependencyGroups: { 'a b': { dependencies: {} } } }, 'dependencyGroups.a b', 5, /lower-case/],
    [{ extras: { ocr: {} } }, 'extras.ocr', 5, /an extra declares/],
    [{ extras: { ocr: { description: 'x' } } }, 'extras.ocr', 5, /an extra declares/],
    [{ extras: { _ocr: { dependencies: {} } } }, 'extras._ocr', 5, /lower-case/],
    [{ extras: { ocr: { dependencies: { b: '>' } } } }, 'extras.ocr.dependencies.b', 7, /range/],
    [{ extras: { ocr: { artifacts: { skills: ['s'] } } } }, 'extras.ocr.artifacts.skills', 7, /not declared/],
    [{ resolverVersion: '1' }, 'resolverVersion', 4, /number/],
    [{ resolverVersion: 1.5 }, 'resolverVersion', 4, /./],
    [{ resolverVersion: 0 }, 'resolverVersion', 4, /./],
    [{ deprecated: {} }, 'deprecated.message', 4, /required/],
    [{ deprecated: { message: 'x'.repeat(281) } }, 'deprecated.message', 5, /280/],
    [{ permissions: { shell: { allow: 'yes' } } }, 'permissions.shell.allow', 6, /true or false/],
    [{ permissionGrants: { b: {} } }, 'permissionGrants.b', 5, /not in dependencies/],
    [{ permissionGrants: { constructor: {} } }, 'permissionGrants.constructor', 5, /not in dependencies/],
    [{ 'x-acme': 'text' }, 'x-acme', 4, /must be an object/],
    [{ 'x-acme': null }, 'x-acme', 4, /must be an object/],
    [{ 'x-acme': [] }, 'x-acme', 4, /must be an object/],
    [{ 'x-aam': true }, 'x-aam', 4, /must be an object/],
    [{ 'x-aam': { private: 'yes' } }, 'x-aam.private', 5, /true or false/],
    [{ 'x-aam': { tags: { b: 'My_Tag' } } }, 'x-aam.tags.b', 6, /not a tag/],
    [{ artifacts: { skills: [{ name: 's' }] } }, 'artifacts.skills[0].path', 6, /required/],
    [{ artifacts: { skills: [{ name: 's', path: '/s' }] } }, 'artifacts.skills[0].path', 8, /absolute/],
    [{ artifacts: { skills: [{ name: 's', path: 'C:/s' }] } }, 'artifacts.skills[0].path', 8, /absolute/],
    [{ artifacts: { skills: [{ name: 's', path: 's/../../t' }] } }, 'artifacts.skills[0].path', 8, /leaves/],
    [{ artifacts: { skills: [{ name: 's', path: 'a\\b' }] } }, 'artifacts.skills[0].path', 8, /use \//],
    [{ files: ['a', '!b'] }, 'files[1]', 6, /negation/],
    [{ files: ['/a'] }, 'files[0]', 5, /absolute/],
    [{ files: ['../a'] }, 'files[0]', 5, /leaves/],
    [{ skills: '../s' }, 'skills', 4, /leaves/],
    [{ hooks: '/h.json' }, 'hooks', 4, /absolute/],
    [{ mcp: 'a\\b.json' }, 'mcp', 4, /use \//],
  ])('%o', (...[more, field, line, message]) => {
    const problems = errors(more)
    expect(problems.map(problem => problem.field)).toEqual([field])
    expect(problems[0]).toMatchObject({ severity: 'error', file: FILE, field, line })
    expect(problems[0]?.message).toMatch(message)
  })

  it('two artifacts of one kind and name', () => {
    const skills = [
      { name: 's', path: 'skills/s' },
      { name: 's', path: 'skills/t' },
    ]
    expect(errors({ artifacts: { skills } })).toMatchObject([{ field: 'artifacts.skills[1].name', line: 11 }])
  })
  it('come all at once', () => {
    expect(errors({ license: 1, keywords: 2, files: 3 }).map(({ field, line }) => [field, line])).toEqual([
      ['license', 4],
      ['keywords', 5],
      ['files', 6],
    ])
    const two = errors({ dependencies: { b: 'nope', C: '^1' }, 'x-acme': 1 })
    expect(two.map(({ field }) => field)).toEqual(['dependencies.b', 'dependencies.C', 'x-acme'])
  })
  it('come all at once, those of shape and those of meaning together ("with every problem")', () => {
    const fields = errors({ version: '1', dependencies: { b: 'nope' } }).map(({ field }) => field)
    expect(fields).toEqual(['version', 'dependencies.b'])
  })
})

describe('what is kept and what it means', () => {
  it('unknown fields, at the top and inside (D1)', () => {
    const more = { future: [1], permissions: { gpu: true }, 'x-acme': { deep: { a: 1 } }, artifacts: { themes: [] } }
    expect(decode(more).manifest.raw).toEqual({ ...BASE, ...more })
    expect(decode(more).warnings).toEqual([])
  })
  it('a higher resolverVersion is read; who resolves refuses it (UAAPS 13.4)', () => {
    expect(decode({ resolverVersion: 2 }).manifest.resolverVersion).toBe(2)
  })
  it('optional wins over dependencies, and says so (npm)', () => {
    const { manifest, warnings } = decode({ dependencies: { b: '^1', c: '^1' }, optionalDependencies: { b: '^2' } })
    expect([...manifest.dependencies.keys()]).toEqual(['c'])
    expect([...manifest.optionalDependencies].map(([name, range]) => [name, range.text])).toEqual([['b', '^2']])
    expect(warnings).toMatchObject([{ severity: 'warning', field: 'optionalDependencies.b', line: 9 }])
  })
  it('a package called constructor is in dependencies only when it stands there', () => {
    expect(decode({ optionalDependencies: { constructor: '^1' } }).warnings).toEqual([])
    expect(decode({ 'x-aam': { tags: { constructor: 'stable' } } }).warnings).toMatchObject([
      { field: 'x-aam.tags.constructor' },
    ])
  })
  it('a package that depends on itself is refused', () => {
    expect(() => decode({ dependencies: { a: '*' } })).toThrow('a package cannot depend on itself')
  })
  it('dependencies keep the order they are declared in (D39)', () => {
    expect([...decode({ dependencies: { z: '*', b: '*', m: '*' } }).manifest.dependencies.keys()]).toEqual([
      'z',
      'b',
      'm',
    ])
  })
  it('x-aam: private and followed tags (D14)', () => {
    const { manifest } = decode({ dependencies: { b: '*', c: '*' }, 'x-aam': { private: true, tags: { b: LATEST } } })
    expect(manifest.private).toBe(true)
    expect([...manifest.followedTags]).toEqual([['b', LATEST]])
  })
  it('groups and extras in their right form', () => {
    const artifacts = { skills: [{ name: 'ocr-reader', path: 'skills/ocr-reader' }] }
    const extras = {
      ocr: { dependencies: { 'image-tools': '^2.0.0' }, artifacts: { skills: ['ocr-reader'] } },
      apt: { systemDependencies: { packages: { apt: ['tesseract-ocr'] } } },
      net: { permissions: { network: { hosts: ['api.github.com'], schemes: ['https'] } } },
    }
    const dependencyGroups = {
      dev: { dependencies: { 'lint-utils': '^1.4.0' } },
      docs: { systemDependencies: { packages: { npm: ['markdownlint-cli@^0.41'] } } },
    }
    expect(decode({ artifacts, extras, dependencyGroups }).warnings).toEqual([])
  })
})

describe('package.agent.yaml and aam.yaml (D1)', () => {
  const yaml = (text: string, file = 'aam.yaml'): DecodedManifest =>
    decodeManifestSource(translateAamYaml(readYamlText(text, file)), file)

  it('the example of the AAM dependencies page (003) is read', () => {
    const { manifest } = yaml(
      'name: "@author/asvc-auditor"\nversion: 1.0.0\n\nartifacts:\n  agents:\n    - name: asvc-audit\n      path: agents/asvc-audit/\n      description: "ASVC"\ndependencies:\n  "@author/generic-auditor": ">=1.0.0"\n  report-templates: "^2.0.0"\n',
    )
    expect(manifest).toMatchObject({ name: '@author/asvc-auditor', version: '1.0.0' })
    expect([...manifest.dependencies.keys()]).toEqual(['@author/generic-auditor', 'report-templates'])
    expect(manifest.artifacts?.get('agents')).toMatchObject([{ name: 'asvc-audit', path: 'agents/asvc-audit/' }])
  })
  const HEAD = 'name: a\nversion: 1.0.0\nartifacts:\n'
  it('prompts are commands, instructions are rules', () => {
    const { manifest } = yaml(
      `${HEAD}  prompts:\n    - {name: p, path: prompts/p.md}\n  instructions:\n    - {name: i, path: i.md}\n`,
    )
    expect(manifest.artifacts?.get('commands')).toMatchObject([{ name: 'p' }])
    expect(manifest.artifacts?.get('rules')).toMatchObject([{ name: 'i' }])
    expect(Object.keys(manifest.raw.artifacts ?? {})).toEqual(['commands', 'rules'])
  })
  it('prompts join the commands there are', () => {
    const { manifest } = yaml(`${HEAD}  commands: [{name: c, path: c.md}]\n  prompts: [{name: p, path: p.md}]\n`)
    expect(manifest.artifacts?.get('commands')?.map(({ name }) => name)).toEqual(['c', 'p'])
  })
  it('errors point into the YAML', () => {
    expect(problemsOf(() => yaml(`${HEAD}  prompts:\n    - name: p\n      path: /p.md\n`))).toMatchObject([{ line: 6 }])
    expect(problemsOf(() => yaml('name: a\nversion: 1.0\n'))).toMatchObject([{ field: 'version', line: 2 }])
    expect(problemsOf(() => yaml('name: a\nversion: 1.0.0\ndependencies:\n  b: nope\n'))).toMatchObject([
      { field: 'dependencies.b', line: 4, file: 'aam.yaml' },
    ])
  })
  it('errors point into the YAML when both names are used', () => {
    const text = `${HEAD}  commands:\n    - name: c\n      path: /c.md\n  prompts:\n    - name: p\n      path: /p.md\n`
    expect(problemsOf(() => yaml(text)).map(({ line }) => line)).toEqual([6, 9])
  })
  it('a kind of artifact called constructor is only unknown', () => {
    const { manifest } = yaml(`${HEAD}  constructor: []\n`)
    expect(Object.keys(manifest.raw.artifacts ?? {})).toEqual(['constructor'])
  })
  it('an empty file is not an object', () => {
    expect(problemsOf(() => yaml(''))).toHaveLength(1)
  })
})
