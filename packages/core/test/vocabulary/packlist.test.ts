import type { Problem } from '@aam/core'
import { type Packlist, choosePacklist } from '@aam/core/authoring'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { AGENT, SKILL, packageOf } from './package-of.ts'

const pack = (files: Readonly<Record<string, string>>, manifest: object = {}): Packlist => {
  const { decoded, files: there } = packageOf(files, manifest)
  return choosePacklist({ manifest: decoded.manifest, ...there })
}
const named = (paths: readonly string[]): Record<string, string> => Object.fromEntries(paths.map(path => [path, '']))
const messages = ({ problems }: Packlist, severity: Problem['severity']): string[] =>
  problems.filter(problem => problem.severity === severity).map(problem => problem.message)

describe('what is always in (UAAPS 12.1)', () => {
  const always = ['CHANGELOG', 'CHANGELOG.md', 'LICENSE', 'LICENSE.md', 'README', 'README.md', 'package.agent.json']
  it('whatever "files" says', () => {
    expect(pack(named([...always, 'other.md']), { files: ['nothing'] }).paths).toEqual(always)
    expect(pack(named([...always, 'other.md']), { files: [] }).paths).toEqual(always)
  })
  it('only at the root', () => {
    expect(pack(named(['docs/README.md']), { files: ['a'] }).paths).toEqual(['package.agent.json'])
  })
})

describe('what is always out (UAAPS 12.1)', () => {
  const never = [
    '.git/HEAD',
    '.hg/x',
    '.svn/x',
    '.agent-packages/a/b',
    'node_modules/a/b.js',
    '.venv/x',
    'venv/x',
    '__pycache__/a.pyc',
    'a.pyc',
    'x/y/a.pyc',
    '.DS_Store',
    'a/.DS_Store',
    'Thumbs.db',
    'a/Thumbs.db',
    'package.agent.lock',
    'evals/reports/1.json',
    'a/.git/HEAD',
    'a/node_modules/b',
    'a/__pycache__/b',
    'a/venv/b',
    'skills/s/.venv/b',
    '.aam/state.json',
    'p-1.0.0.aam',
    '.git',
  ]
  test.each(never)('%s', path => {
    expect(pack(named([path])).paths).toEqual(['package.agent.json'])
    expect(pack(named([path]), { files: ['**', path] }).paths).toEqual(['package.agent.json'])
  })
  test.each([
    '.gitignore',
    '.github/a.yml',
    'git/a',
    'node_modules.md',
    'a.pycx',
    'evals/cases/1.json',
    'evals/reports.md',
    'my-evals/reports/1',
    'venvs/a',
    'docs/venv',
    '.env.example',
    'fixtures/a.aam',
  ])('%s is not', path => {
    expect(pack(named([path])).paths).toContain(path)
  })
})

describe('"files"', () => {
  const tree = named([
    'a.md',
    'docs/a.md',
    'docs/b.txt',
    'docs/deep/c.md',
    'docs-old/d.md',
    '.hidden/e.md',
    'src/[x]/f.md',
  ])
  test.each<readonly [readonly string[], readonly string[]]>([
    [['docs'], ['docs/a.md', 'docs/b.txt', 'docs/deep/c.md']],
    [['docs/'], ['docs/a.md', 'docs/b.txt', 'docs/deep/c.md']],
    [['./docs'], ['docs/a.md', 'docs/b.txt', 'docs/deep/c.md']],
    [['docs/*.md'], ['docs/a.md']],
    [['docs/**/*.md'], ['docs/a.md', 'docs/deep/c.md']],
    [['**/*.md'], ['.hidden/e.md', 'a.md', 'docs-old/d.md', 'docs/a.md', 'docs/deep/c.md', 'src/[x]/f.md']],
    [['*.md'], ['a.md']],
    [['docs/{a.md,b.txt}'], ['docs/a.md', 'docs/b.txt']],
    [['docs*'], ['docs-old/d.md', 'docs/a.md', 'docs/b.txt', 'docs/deep/c.md']],
    [
      ['a.md', 'docs/b.txt'],
      ['a.md', 'docs/b.txt'],
    ],
    [['.hidden'], ['.hidden/e.md']],
    [['src/\\[x\\]'.replaceAll('\\', ''), 'src'], ['src/[x]/f.md']],
    [['nothing'], []],
    [['.'], Object.keys(tree).sort()],
    [['**'], Object.keys(tree).sort()],
  ])('%j', (files, expected) => {
    expect(pack(tree, { files }).paths.filter(path => path !== 'package.agent.json')).toEqual(expected)
  })
})

describe('order', () => {
  it('is by code point and does not depend on how the files were listed', () => {
    const paths = ['B.md', 'a.md', 'a/b.md', 'a-b.md', 'é.md', 'a/B.md', '10.md', '9.md']
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: paths.length }), shuffled => {
        expect(pack(named(shuffled)).paths).toEqual([
          '10.md',
          '9.md',
          'B.md',
          'a-b.md',
          'a.md',
          'a/B.md',
          'a/b.md',
          'package.agent.json',
          'é.md',
        ])
      }),
    )
  })
})

describe('what the package needs must not be left out (UAAPS 12.1)', () => {
  const files = {
    'skills/review/SKILL.md': SKILL,
    'skills/review/scripts/a.py': '',
    'agents/a/agent.yaml': AGENT,
    'agents/a/system-prompt.md': '',
    'commands/c.md': '',
    'rules/deep/r/RULE.md': '',
    'hooks/hooks.json': '{"hooks":{"stop":[{"hooks":[{"type":"command","command":"${PACKAGE_ROOT}/bin/h.sh"}]}]}}',
    'mcp/servers.json': '{"servers":{"s":{"command":"${PACKAGE_ROOT}/bin/m.js"}}}',
    'bin/h.sh': '',
    'bin/m.js': '',
    'evals/e.yaml': '',
    'docs/x.md': '',
  }
  const quality = { evals: [{ name: 'e', path: 'evals/e.yaml' }] }
  const everything = ['skills', 'agents', 'commands', 'rules', 'hooks', 'mcp', 'bin', 'evals']
  it('is no problem when all of it goes in', () => {
    expect(pack(files, { files: everything, quality }).problems).toEqual([])
    expect(pack(files, { quality }).problems).toEqual([])
  })
  test.each([
    ['skills', ['skills/review/SKILL.md', 'skills/review/scripts/a.py']],
    ['agents', ['agents/a/agent.yaml', 'agents/a/system-prompt.md']],
    ['commands', ['commands/c.md']],
    ['rules', ['rules/deep/r/RULE.md']],
    ['hooks', ['hooks/hooks.json']],
    ['mcp', ['mcp/servers.json']],
    ['bin', ['bin/h.sh', 'bin/m.js']],
    ['evals', ['evals/e.yaml']],
  ])('fails without %s', (folder, missing) => {
    const result = pack(files, { files: everything.filter(each => each !== folder), quality })
    const said = messages(result, 'error')
    expect(said).toHaveLength(missing.length)
    for (const path of missing) expect(said.join('\n')).toContain(`${path} is left out`)
  })
  it('fails when what is always out is needed', () => {
    const servers = '{"servers":{"s":{"command":"${PACKAGE_ROOT}/node_modules/m/index.js"}}}'
    const result = pack({ 'mcp/servers.json': servers, 'node_modules/m/index.js': '' })
    expect(messages(result, 'error')).toHaveLength(1)
  })
  it('fails for an evaluation that is not there', () => {
    expect(pack({}, { quality }).problems).toMatchObject([{ severity: 'error', field: 'quality.evals[0].path' }])
  })
  it('a skill’s .DS_Store and __pycache__ are not needed', () => {
    const more = { 'skills/review/.DS_Store': '', 'skills/review/__pycache__/a.pyc': '' }
    expect(pack({ ...files, ...more }).problems).toEqual([])
  })
  it('a skill that is the whole package needs only its main file', () => {
    const artifacts = { skills: [{ name: 'p', path: '.' }] }
    expect(pack({ 'SKILL.md': SKILL, 'x.md': '' }, { artifacts, files: ['SKILL.md'] }).problems).toEqual([])
  })
})

describe('likely secrets', () => {
  test.each([
    '.env',
    '.env.local',
    'config/.env.production',
    '.npmrc',
    'id_rsa',
    'keys/id_ed25519',
    'credentials.json',
    'server.pem',
    'a.key',
    'x.p12',
    '.netrc',
    'aws/credentials',
  ])('%s is warned of and goes in', path => {
    const result = pack(named([path]))
    expect(result.paths).toContain(path)
    expect(result.problems).toEqual([expect.objectContaining({ severity: 'warning', file: path })])
  })
  test.each(['.env.example', '.env.sample', 'env', 'keys.md', 'environment.md', '.envrc.md', 'monkey.md'])(
    '%s is not',
    path => {
      expect(pack(named([path])).problems).toEqual([])
    },
  )
  it('that stay out are not warned of', () => {
    expect(pack(named(['.env', 'a.md']), { files: ['a.md'] }).problems).toEqual([])
  })
})
