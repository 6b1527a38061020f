/** Writing a package: init, validate, pack, publish. */
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readArchive } from '@aam/archive'
import { initFolderRegistry } from '@aam/client'
import { type Run, type RunOptions, type Sandbox, createSandbox } from '@aam/testkit'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = createSandbox()
  await initFolderRegistry(sandbox.path('registry'))
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${sandbox.path('registry')}\n`)
  mkdirSync(sandbox.path('pkg'))
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, options: RunOptions = {}): Promise<Run> =>
  sandbox.aam(args, { cwd: 'pkg', ...options })
const skill = (path: string, name = path.split('/').at(-1)!, rest = ''): string =>
  sandbox.write(
    `pkg/${path}/SKILL.md`,
    `---\nname: ${name}\ndescription: Does ${name}. Use when asked.\n---\n\n# ${name}\n${rest}`,
  )
const manifest = (rest: object = {}): string =>
  sandbox.write('pkg/package.agent.json', {
    name: '@team/pkg',
    version: '1.0.0',
    description: 'd',
    permissions: {},
    ...rest,
  })
const packed = async (args = ''): Promise<string[]> => {
  const run = await aam(`pack -o out.aam ${args}`)
  expect(run.stderr, run.stderr).toBe('')
  return readArchive(readFileSync(sandbox.path('pkg/out.aam')), 'out.aam').map(({ path }) => path)
}

describe('init', () => {
  test('in an empty folder writes a manifest and a sample skill that are valid at once', async () => {
    const run = await aam('init --yes')
    expect(run.stdout).toContain('Created package.agent.json for pkg@0.1.0')
    expect((await aam('validate --json')).code).toBe(0)
    const { warnings, artifacts } = JSON.parse((await aam('validate --json')).stdout) as {
      warnings: unknown[]
      artifacts: { name: string }[]
    }
    expect(warnings).toEqual([])
    expect(artifacts.map(({ name }) => name)).toEqual(['pkg'])
    expect((await aam('publish')).code).toBe(0)
  })

  test('gives the manifest a schema that is there', async () => {
    await aam('init --yes')
    const { $schema } = sandbox.json('pkg/package.agent.json')
    expect(sandbox.json(`pkg/${String($schema)}`)).toMatchObject({
      title: 'package.agent.json',
      required: ['name', 'version'],
    })
  })

  test('asks on a terminal, and checks what is answered', async () => {
    await aam('init', { answers: ['@team/asked', 'Helps with asking'] })
    expect(sandbox.json('pkg/package.agent.json')).toMatchObject({
      name: '@team/asked',
      description: 'Helps with asking',
    })
    expect(sandbox.exists('pkg/skills/asked/SKILL.md')).toBe(true)
  })

  test('finds what is in the usual folders, and packs only that', async () => {
    skill('skills/review')
    skill('skills/lint')
    sandbox.write('pkg/commands/fix.md', '---\ndescription: Fix it\n---\nFix.')
    sandbox.write('pkg/tests/big.txt', 'not for others')
    sandbox.write('pkg/LICENSE', 'MIT License\n\nCopyright')
    const run = await aam('init --yes')
    expect(run.stdout).toContain('skills: lint (skills/lint/SKILL.md)')
    expect(sandbox.json('pkg/package.agent.json')).toMatchObject({
      license: 'MIT',
      files: ['LICENSE', 'commands', 'skills'],
    })
    expect(sandbox.json('pkg/package.agent.json')['artifacts']).toBeUndefined()
    expect(await packed()).toEqual([
      'LICENSE',
      'commands/fix.md',
      'package.agent.json',
      'skills/lint/SKILL.md',
      'skills/review/SKILL.md',
    ])
  })

  test.each([
    ['a repository that is one skill', { path: '.', name: 'only-skill' }],
    ['skills at the top', { path: 'review', name: 'review' }],
    ['skills where Claude Code has them', { path: '.claude/skills/review', name: 'review' }],
  ])('finds %s, declares it and packs it', async (_, { path, name }) => {
    skill(path, name)
    await aam('init --yes')
    expect(sandbox.json('pkg/package.agent.json')['artifacts']).toEqual({
      skills: [{ name, path, description: `Does ${name}. Use when asked.` }],
    })
    expect((await aam('validate')).code).toBe(0)
    expect(await packed()).toContain(path === '.' ? 'SKILL.md' : `${path}/SKILL.md`)
  })

  test.each(['package.agent.json', 'package.agent.yaml', 'aam.yaml'])('leaves an existing %s alone', async file => {
    sandbox.write(`pkg/${file}`, '{}')
    const run = await aam('init --yes')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain(`${file} already exists`)
    expect(sandbox.read(`pkg/${file}`)).toBe('{}')
  })

  test('takes over what a plugin manifest beside it says, as far as it is valid', async () => {
    skill('skills/review')
    sandbox.write('pkg/.claude-plugin/plugin.json', {
      name: 'power-tools',
      version: '6.2.0',
      description: 'Tools with power',
      license: 'MIT',
      keywords: ['tdd'],
      author: { name: 'Ann' },
    })
    await aam('init --yes')
    expect(sandbox.json('pkg/package.agent.json')).toMatchObject({
      name: 'power-tools',
      version: '6.2.0',
      description: 'Tools with power',
      license: 'MIT',
      keywords: ['tdd'],
    })
    expect(await packed()).toEqual(['package.agent.json', 'skills/review/SKILL.md'])
  })

  test('is not disturbed by a neighbour that is broken or has other rules for names', async () => {
    skill('skills/review')
    sandbox.write('pkg/package.json', { name: 'Not_A_Name', version: 'v1', description: 7 })
    await aam('init --yes')
    expect(sandbox.json('pkg/package.agent.json')).toMatchObject({ name: 'pkg', version: '0.1.0' })
  })

  test('refuses a name that is none', async () => {
    expect((await aam('init Bad--Name --yes')).stderr).toContain("Invalid package name 'Bad--Name'")
    expect(sandbox.exists('pkg/package.agent.json')).toBe(false)
  })
})

describe('validate', () => {
  test('reports everything at once, each with file, line and field', async () => {
    sandbox.write(
      'pkg/package.agent.json',
      '{\n  "name": "Pkg",\n  "version": "1.0",\n  "dependencies": { "a": "latest" }\n}\n',
    )
    const run = await aam('validate')
    expect(run.code).toBe(1)
    expect(run.stdout).toContain(
      "error: package.agent.json:2: name: 'Pkg' is not a package name: capital letters are not allowed",
    )
    expect(run.stdout).toContain("error: package.agent.json:3: version: '1.0' is not a SemVer version")
  })

  test('names the line of a comment', async () => {
    sandbox.write('pkg/package.agent.json', '{\n  "name": "pkg",\n  // ours\n  "version": "1.0.0"\n}\n')
    expect((await aam('validate')).stdout).toContain(
      'package.agent.json:3: comments are not JSON; remove it or write package.agent.yaml',
    )
  })

  test('checks artifacts: frontmatter, missing files, references', async () => {
    manifest({
      artifacts: {
        skills: [
          { name: 'gone', path: 'skills/gone' },
          { name: 'here', path: 'skills/here' },
        ],
      },
    })
    sandbox.write('pkg/skills/here/SKILL.md', '---\nname: here\n\tdescription: tab\n---\n')
    const { stdout, code } = await aam('validate')
    expect(code).toBe(1)
    expect(stdout).toContain('error: package.agent.json:8: the skill gone has no skills/gone/SKILL.md')
    expect(stdout).toContain('error: skills/here/SKILL.md:3: the frontmatter has a tab; use spaces')
  })

  test('warns about permissions and ranges other tools cannot read, and still passes', async () => {
    skill('skills/a')
    manifest({ permissions: { shell: { allow: true } }, dependencies: { b: '>=1.0.0,<2.0.0' } })
    const run = await aam('validate --json')
    expect(run.code).toBe(0)
    const { warnings } = JSON.parse(run.stdout) as { warnings: { field: string; message: string }[] }
    expect(warnings.map(({ field }) => field).sort()).toEqual(['dependencies.b', 'permissions.shell'])
  })

  test('a broken manifest is JSON too when JSON was asked for', async () => {
    sandbox.write('pkg/package.agent.json', '{')
    const run = await aam('validate --json')
    expect(JSON.parse(run.stdout)).toMatchObject({ valid: false, errors: [{ file: 'package.agent.json' }] })
    expect(run.code).toBe(1)
  })
})

describe('pack', () => {
  beforeEach(() => {
    skill('skills/a')
    manifest()
  })

  test('gives the same bytes whatever the times of the files and the folder it is started in', async () => {
    await aam('pack -o one.aam')
    utimesSync(sandbox.path('pkg/skills/a/SKILL.md'), new Date(1e12), new Date(1e12))
    await aam('pack -o ../../two.aam', { cwd: 'pkg/skills' })
    expect(readFileSync(sandbox.path('pkg/one.aam')).equals(readFileSync(sandbox.path('two.aam')))).toBe(true)
  })

  test('two packs in a row are identical', async () => {
    await aam('pack -o one.aam')
    await aam('pack -o two.aam')
    expect(readFileSync(sandbox.path('pkg/one.aam')).equals(readFileSync(sandbox.path('pkg/two.aam')))).toBe(true)
  })

  test('honours SOURCE_DATE_EPOCH, and refuses one that is none', async () => {
    await aam('pack -o one.aam')
    await aam('pack -o two.aam', { env: { SOURCE_DATE_EPOCH: '1700000000' } })
    expect(readFileSync(sandbox.path('pkg/two.aam')).readUInt32LE(4)).toBe(1_700_000_000)
    expect(readFileSync(sandbox.path('pkg/one.aam')).readUInt32LE(4)).toBe(0)
    expect((await aam('pack', { env: { SOURCE_DATE_EPOCH: 'yesterday' } })).code).toBe(2)
  })

  test('is named after the folder name of the package', async () => {
    await aam('pack')
    expect(sandbox.exists('pkg/team--pkg-1.0.0.aam')).toBe(true)
  })

  test('--dry-run writes nothing', async () => {
    expect((await aam('pack --dry-run')).stdout).toContain('Would pack @team/pkg@1.0.0')
    expect(sandbox.exists('pkg/team--pkg-1.0.0.aam')).toBe(false)
  })

  test('keeps executables executable', async () => {
    chmodSync(sandbox.write('pkg/skills/a/scripts/run.sh', '#!/bin/sh\n'), 0o755)
    await aam('pack -o out.aam')
    const entries = readArchive(readFileSync(sandbox.path('pkg/out.aam')), 'out.aam')
    expect(entries.filter(({ executable }) => executable).map(({ path }) => path)).toEqual(['skills/a/scripts/run.sh'])
  })

  test('packs what a link inside the package points to, and refuses one that leaves it', async () => {
    symlinkSync('SKILL.md', sandbox.path('pkg/skills/a/COPY.md'))
    expect(await packed()).toContain('skills/a/COPY.md')
    sandbox.write('secret.txt', 'secret')
    symlinkSync('../../../secret.txt', sandbox.path('pkg/skills/a/leak.txt'))
    const run = await aam('pack')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain("'skills/a/leak.txt' is a link that leaves the package")
  })

  test('refuses a name that not every system can hold, and says what to do', async () => {
    sandbox.write('pkg/skills/a/a:b.md', 'x')
    const run = await aam('pack')
    expect(run.stderr).toBe(
      "Error: The package cannot be packed: 'skills/a/a:b.md' has a character that Windows cannot hold\n" +
        'hint: rename it, or leave it out with "files" in package.agent.json\n',
    )
  })

  test('refuses to leave out what the package needs', async () => {
    manifest({ files: ['README.md'] })
    const run = await aam('pack')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('skills/a/SKILL.md is left out by "files"')
  })

  test('warns about likely secrets', async () => {
    sandbox.write('pkg/skills/a/.env', 'KEY=1')
    expect((await aam('pack')).stdout).toContain('warning: skills/a/.env: it looks like a secret')
  })

  test('of a manifest in YAML packs the same in JSON', async () => {
    sandbox.write('pkg/package.agent.yaml', '# ours\nname: yaml-pkg\nversion: 1.0.0\nx-acme:\n  kept: true\n')
    const { unlinkSync } = await import('node:fs')
    unlinkSync(sandbox.path('pkg/package.agent.json'))
    await aam('pack -o out.aam')
    const entries = readArchive(readFileSync(sandbox.path('pkg/out.aam')), 'out.aam')
    expect(entries.map(({ path }) => path)).toEqual(['package.agent.json', 'skills/a/SKILL.md'])
    expect(JSON.parse(Buffer.from(entries[0]!.data).toString())).toEqual({
      name: 'yaml-pkg',
      version: '1.0.0',
      'x-acme': { kept: true },
    })
  })
})

describe('publish', () => {
  beforeEach(() => {
    skill('skills/a')
    manifest()
  })

  test('on a terminal shows the files and asks first', async () => {
    const no = await aam('publish', { answers: [false] })
    expect(no.code).toBe(1)
    expect(no.stderr).toContain('skills/a/SKILL.md')
    expect(sandbox.exists('registry/packages/@team')).toBe(false)
    expect((await aam('publish', { answers: [true] })).stdout).toContain(
      'Published @team/pkg@1.0.0 (tagged as "latest")',
    )
    expect((await aam('publish --yes', { answers: [] })).stdout).toContain(
      'was published before, with the same contents',
    )
  })

  test('--tag prints both tags, as the user guide has it', async () => {
    expect((await aam('publish --tag beta')).stdout).toBe('Published @team/pkg@1.0.0 (tagged as "latest" and "beta")\n')
  })

  test('takes an archive', async () => {
    await aam('pack -o out.aam')
    expect((await sandbox.aam('publish pkg/out.aam', { cwd: '.' })).stdout).toContain('Published @team/pkg@1.0.0')
  })

  test('other contents under the same version are refused', async () => {
    await aam('publish')
    skill('skills/a', 'a', 'more')
    const run = await aam('publish')
    expect(run.code).toBe(1)
    expect(run.stderr).toContain('@team/pkg@1.0.0 is already published with other contents')
  })

  test('warns when nobody could install it', async () => {
    manifest({ dependencies: { ghost: '^9.0.0' } })
    const run = await aam('publish')
    expect(run.code).toBe(0)
    expect(run.stderr).toContain('warning: nobody can install this yet: the registry has no ghost ^9.0.0')
  })

  test('a package with errors is not published', async () => {
    sandbox.write('pkg/skills/a/SKILL.md', 'no frontmatter')
    const run = await aam('publish')
    expect(run.stderr).toContain('the skill a has no frontmatter')
    expect(sandbox.exists('registry/packages/@team')).toBe(false)
  })

  test('a bad tag is wrong usage before anything is packed', async () => {
    const run = await aam('publish --tag 1.0.0')
    expect(run.code).toBe(2)
    expect(run.stderr).toContain("Invalid tag name '1.0.0'\n")
  })

  test('a private package is not published', async () => {
    manifest({ 'x-aam': { private: true } })
    expect((await aam('publish')).stderr).toContain('Error: @team/pkg is private and is not published')
  })
})
