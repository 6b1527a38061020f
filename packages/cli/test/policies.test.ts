/** Install policies (D13, D15): what they let through, what they refuse, and that no layer weakens another. */
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Registry } from '@aam/client'
import { type Run, type Sandbox, createSandbox, startRegistry } from '@aam/testkit'

let sandbox: Sandbox
let registry: Registry

beforeEach(async () => {
  sandbox = createSandbox()
  registry = await startRegistry(sandbox, [
    'helper 1.0.0',
    'helper 2.0.0',
    '@team/review 1.0.0 → helper *',
    '@team/review 1.1.0 → helper *',
    '@team/review 2.0.0 → helper *',
    '@bad/thing 1.0.0',
    'old-way 1.0.0',
    'old-way 2.0.0 → @bad/thing *',
    'carrier 1.0.0 → @bad/thing *',
    'polite 1.0.0 → opt: @bad/thing *',
  ])
  for (const [version, tag] of [
    ['1.0.0', 'bank-approved'],
    ['1.1.0', 'stable'],
    ['2.0.0', 'beta'],
  ]) {
    await aam(`dist-tag add @team/review@${version!} ${tag!}`)
  }
  await aam('dist-tag add helper@1.0.0 stable')
})

afterEach(() => {
  sandbox.remove()
})

const aam = async (args: string, env: Record<string, string> = {}): Promise<Run> =>
  sandbox.aam(args, { cwd: 'app', env })
const user = (policy: string): string =>
  sandbox.write('home/.aam/config.yaml', `registries:\n  default: ${registry.address}\n${policy}`)
const manifest = (dependencies: Record<string, string>, rest: object = {}): string =>
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', ...rest, dependencies })
const project = (policy: string): string => {
  if (!sandbox.exists('app/package.agent.json')) manifest({})
  return sandbox.write('app/.aam/config.yaml', policy)
}
const locked = (name: string): string | undefined =>
  (sandbox.json('app/package.agent.lock')['resolved'] as Record<string, { version: string } | undefined>)[name]?.version

const expectRefusal = (run: Run, message: string, hint: string): void => {
  expect(run.stderr).toContain(`Error: ${message}\n`)
  expect(run.stderr.split('\n').find(line => line.startsWith('hint: '))).toContain(hint)
  expect(run.code).toBe(1)
}

describe('the default tag (D13)', () => {
  test('install_policy.tag beats default_tag, which beats latest', async () => {
    expect((await aam('install @team/review')).stdout).toContain('+ @team/review 2.0.0')
    project('default_tag: stable\n')
    expect((await aam('install @team/review')).stdout).toContain('@team/review 2.0.0 → 1.1.0')
    project('default_tag: stable\ninstall_policy:\n  tag: bank-approved\n')
    expect((await aam('install @team/review')).stdout).toContain('@team/review 1.1.0 → 1.0.0')
  })

  test('a package without the tag is an error that lists the tags there are', async () => {
    project('install_policy:\n  tag: gold\n')
    expectRefusal(
      await aam('install @team/review'),
      "Tag 'gold' not found for @team/review",
      'latest, bank-approved, beta',
    )
  })

  test('two files that name different default tags are refused, naming both', async () => {
    user('install_policy:\n  tag: bank-approved\n')
    project('install_policy:\n  tag: stable\n')
    const run = await aam('install @team/review')
    expect(run.stderr).toContain(
      `install_policy.tag: it is stable here and bank-approved in ${sandbox.path('home/.aam/config.yaml')}`,
    )
    expect(run.code).toBe(1)
  })
})

describe('require_tag and allowed_tags', () => {
  test.each(['1.1.0', '^1.0.0', '1'])('a version or range is refused: @%s', async wanted => {
    project('install_policy:\n  require_tag: true\n  allowed_tags: [stable, bank-approved]\n')
    const run = await aam(`install @team/review@${wanted}`)
    expectRefusal(run, 'Direct version install not allowed. Use a tag.', sandbox.path('app/.aam/config.yaml'))
    expect(run.stderr).toContain('aam install @team/review@stable')
    expect(sandbox.exists('app/package.agent.lock')).toBe(false)
  })

  test('a tag that is not allowed is refused with those that are, and a bare name means the default tag', async () => {
    project('install_policy:\n  require_tag: true\n  allowed_tags: [stable, bank-approved]\n')
    const from = `install_policy.allowed_tags in ${sandbox.path('app/.aam/config.yaml')}`
    expectRefusal(
      await aam('install @team/review@beta'),
      "Tag 'beta' is not allowed. Allowed: stable, bank-approved",
      from,
    )
    expectRefusal(
      await aam('install @team/review'),
      "Tag 'latest' is not allowed. Allowed: stable, bank-approved",
      from,
    )
    expect((await aam('install @team/review@stable')).stdout).toContain('+ @team/review 1.1.0 (stable)')
  })

  test('a variable may require a tag too', async () => {
    const env = { AAM_INSTALL_POLICY__REQUIRE_TAG: 'true' }
    expectRefusal(
      await aam('install @team/review@1.1.0', env),
      'Direct version install not allowed. Use a tag.',
      'AAM_INSTALL_POLICY__REQUIRE_TAG',
    )
    expect((await aam('install @team/review@stable', env)).code).toBe(0)
  })

  test('require_tag may name the one tag', async () => {
    project('install_policy:\n  require_tag: bank-approved\n')
    expectRefusal(
      await aam('install @team/review@stable'),
      "Tag 'stable' is not allowed. Allowed: bank-approved",
      'require_tag',
    )
    expect((await aam('install @team/review@bank-approved')).code).toBe(0)
  })

  test('allowed_tags alone leaves versions and ranges be', async () => {
    project('install_policy:\n  allowed_tags: [stable]\n')
    expect((await aam('install @team/review@1.0.0')).code).toBe(0)
  })

  test('layers add up: allow-lists intersect, and neither file weakens the other', async () => {
    user('install_policy:\n  require_tag: true\n  allowed_tags: [stable, bank-approved]\n')
    project('install_policy:\n  require_tag: false\n  allowed_tags: [stable, beta]\n')
    expect((await aam('install @team/review@1.1.0')).stderr).toContain('Direct version install not allowed')
    expectRefusal(
      await aam('install @team/review@beta'),
      "Tag 'beta' is not allowed. Allowed: stable, bank-approved",
      'home/.aam/config.yaml',
    )
    expectRefusal(
      await aam('install @team/review@bank-approved'),
      "Tag 'bank-approved' is not allowed. Allowed: stable, beta",
      sandbox.path('app/.aam/config.yaml'),
    )
    expect((await aam('install @team/review@stable')).code).toBe(0)
    expect((await aam('install --force', { AAM_INSTALL_POLICY__ALLOWED_TAGS: 'beta' })).stderr).toContain(
      'install_policy.allowed_tags in AAM_INSTALL_POLICY__ALLOWED_TAGS',
    )
  })

  test('a direct dependency without a recorded tag is resolved through the default tag', async () => {
    manifest({ '@team/review': '^1.0.0' })
    project('install_policy:\n  require_tag: true\n  tag: bank-approved\n')
    expect((await aam('install')).code).toBe(0)
    expect([locked('@team/review'), locked('helper')]).toEqual(['1.0.0', '2.0.0'])
    await aam('dist-tag add @team/review@1.1.0 bank-approved')
    expect((await aam('install')).stdout).toContain('Already up to date')
    expect((await aam('update')).stdout).toContain('@team/review 1.0.0 → 1.1.0 (bank-approved)')
  })

  test('neither resolutions nor an edited range get around a tag', async () => {
    project('install_policy:\n  require_tag: true\n')
    await aam('install @team/review@stable')
    const tags = { 'x-aam': { tags: { '@team/review': 'stable' } } }
    manifest({ '@team/review': '^1.1.0' }, { ...tags, resolutions: { '@team/review': '2.0.0' } })
    expectRefusal(
      await aam('install'),
      "@team/review 2.0.0 leaves out 1.1.0, which is what tag 'stable' names",
      'require_tag',
    )
    manifest({ '@team/review': '^2.0.0' }, tags)
    expect((await aam('install')).stdout).toContain('! @team/review: ^2.0.0 → ^1.1.0, follows stable')
    manifest({ '@team/review': '^2.0.0' })
    project('install_policy:\n  require_tag: true\n  tag: stable\n')
    expectRefusal(
      await aam('install'),
      "@team/review ^2.0.0 leaves out 1.1.0, which is what tag 'stable' names",
      'require_tag',
    )
    expect(locked('@team/review')).toBe('1.1.0')
  })

  test('a range that leaves out what the tag names is an error, not a rewritten manifest', async () => {
    const before = manifest({ '@team/review': '^2.0.0' })
    project('install_policy:\n  require_tag: true\n  tag: bank-approved\n')
    const run = await aam('install')
    expectRefusal(run, "@team/review ^2.0.0 leaves out 1.0.0, which is what tag 'bank-approved' names", 'require_tag')
    expect(sandbox.read(before)).toContain('^2.0.0')
  })

  test('a dependency that follows a tag which is not allowed is refused by name', async () => {
    await aam('install @team/review@beta')
    project('install_policy:\n  allowed_tags: [stable]\n')
    expectRefusal(
      await aam('install'),
      "Tag 'beta' is not allowed. Allowed: stable",
      '@team/review was chosen by that tag',
    )
    expect((await aam('install --frozen')).code).toBe(1)
    expect((await aam('update')).code).toBe(1)
    expect((await aam('check')).stdout).toContain("policy: Tag 'beta' is not allowed")
    expect((await aam('install @team/review@stable')).code).toBe(0)
    expect((await aam('install')).code).toBe(0)
  })

  test('where manifest and lock name different tags, the one in the manifest is judged', async () => {
    await aam('install @team/review@stable')
    manifest({ '@team/review': '^1.1.0' }, { 'x-aam': { tags: { '@team/review': 'beta' } } })
    project('install_policy:\n  allowed_tags: [stable]\n')
    expectRefusal(
      await aam('install --frozen'),
      "Tag 'beta' is not allowed. Allowed: stable",
      '@team/review was chosen',
    )
  })

  test('a lock without tags is resolved again, and refused when frozen', async () => {
    await aam('install @team/review@1.1.0')
    project('install_policy:\n  require_tag: true\n  tag: stable\n')
    expectRefusal(
      await aam('install --frozen'),
      '@team/review was locked without a tag, and policy asks for one',
      'without --frozen',
    )
    expect((await aam('install')).code).toBe(0)
    expect((await aam('install --frozen')).code).toBe(0)
    expect(locked('@team/review')).toBe('1.1.0')
  })

  test('a fitting lock is not judged by where the tag points today; check says what a tag has left', async () => {
    project('install_policy:\n  require_tag: true\n')
    await aam('install @team/review@stable')
    await aam('dist-tag add @team/review@1.0.0 stable')
    rmSync(sandbox.path('app/.agent-packages'), { recursive: true })
    expect((await aam('install --frozen')).code).toBe(0)
    const check = await aam('check')
    expect([check.code, check.stdout]).toEqual([
      0,
      expect.stringContaining("! @team/review@1.1.0 was chosen by tag 'stable', which names 1.0.0 now"),
    ])
    expect((await aam('check --strict')).code).toBe(1)
  })

  test('require_tag alone, bound to all, leaves out versions that no tag names', async () => {
    await aam('dist-tag rm helper stable')
    manifest({ '@team/review': '*' }, { resolutions: { helper: '1.0.0' } })
    project('install_policy:\n  require_tag: true\n  applies_to: all\n')
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('allow no others')])
  })

  test('what is locked may stay where a tag that binds all packages has left it', async () => {
    project('install_policy:\n  allowed_tags: [stable]\n  applies_to: all\n')
    await aam('install @team/review@stable')
    for (const moved of ['helper@2.0.0', 'old-way@1.0.0']) await aam(`dist-tag add ${moved} stable`)
    expect((await aam('install old-way@stable')).code).toBe(0)
    expect([locked('old-way'), locked('helper')]).toEqual(['1.0.0', '1.0.0'])
  })

  test('transitive packages are not bound, unless the policy applies to all', async () => {
    const policy = 'install_policy:\n  require_tag: true\n  allowed_tags: [stable]\n'
    project(policy)
    await aam('install @team/review@stable')
    expect(locked('helper')).toBe('2.0.0')
    rmSync(sandbox.path('app/package.agent.lock'))
    project(`${policy}  applies_to: all\n`)
    expect((await aam('install')).code).toBe(0)
    expect(locked('helper')).toBe('1.0.0')
    await aam('dist-tag rm helper stable')
    rmSync(sandbox.path('app/package.agent.lock'))
    const run = await aam('install')
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining(`the tag rules in ${sandbox.path('app/.aam/config.yaml')} allow no others`),
    ])
  })
})

describe('allowed_scopes and blocked_packages bind the whole graph', () => {
  test('a blocked name is refused before it is asked for, a blocked dependency with the way to it', async () => {
    project('install_policy:\n  blocked_packages: ["@bad/*"]\n')
    const from = `install_policy.blocked_packages in ${sandbox.path('app/.aam/config.yaml')}: '@bad/*'`
    expectRefusal(await aam('install @bad/thing'), 'Package @bad/thing is blocked', from)
    expect((await aam('install @bad/nowhere')).stderr).toContain('Package @bad/nowhere is blocked')
    const run = await aam('install carrier')
    expect(run.stderr).toContain(
      'Error: Package @bad/thing is blocked\n      app → carrier@1.0.0 → @bad/thing\nhint: set by install_policy',
    )
    expect(run.code).toBe(1)
  })

  test('where an older version does without a blocked package it is taken; optional ones are left out', async () => {
    project('install_policy:\n  blocked_packages: ["@bad/*"]\n')
    expect((await aam('install old-way@>=1.0.0')).stdout).toContain('+ old-way 1.0.0')
    const run = await aam('install polite')
    expect([run.code, run.stdout]).toEqual([
      0,
      expect.stringContaining('skipped optional @bad/thing: a policy forbids it'),
    ])
  })

  test('a fitting lock is judged too, also by an install that has nothing to do', async () => {
    await aam('install carrier')
    expect((await aam('install')).stdout).toContain('Already up to date')
    user('install_policy:\n  blocked_packages: ["@bad/*"]\n')
    const run = await aam('install')
    expect(run.stderr).toContain('Package @bad/thing is blocked\n      app → carrier@1.0.0 → @bad/thing')
    expect(run.code).toBe(1)
    expect((await aam('install --frozen')).code).toBe(1)
    expect((await aam('check')).stdout).toContain('policy: Package @bad/thing is blocked')
    expect((await aam('uninstall carrier')).code).toBe(0)
    expect((await aam('install')).code).toBe(0)
  })

  test('a policy in a variable is held against a lock that fits, also by an install that has nothing to do', async () => {
    await aam('install carrier')
    const env = { AAM_INSTALL_POLICY__BLOCKED_PACKAGES: '@bad/*' }
    const run = await aam('install', env)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('Package @bad/thing is blocked')])
  })

  test('allowed_scopes leaves out everything else, names without a scope too', async () => {
    project('install_policy:\n  allowed_scopes: ["@team"]\n')
    const from = `install_policy.allowed_scopes in ${sandbox.path('app/.aam/config.yaml')}`
    expectRefusal(await aam('install helper'), 'Package helper is not in an allowed scope. Allowed: @team', from)
    expect((await aam('install @team/review')).stderr).toContain(
      'Package helper is not in an allowed scope. Allowed: @team\n      app → @team/review@',
    )
  })

  test('governance.install_policy is the same policy', async () => {
    project('governance:\n  install_policy:\n    blocked_packages: [helper]\n')
    expectRefusal(await aam('install helper'), 'Package helper is blocked', 'app/.aam/config.yaml')
  })
})

describe('the project weakens no rule of the user', () => {
  test.each([
    ['blocked_packages: ["@bad/*"]', 'blocked_packages: [helper]', '@bad/thing', 'Package @bad/thing is blocked'],
    ['allowed_scopes: ["@team"]', 'allowed_scopes: ["@team", "@bad"]', '@bad/thing', 'is not in an allowed scope'],
    ['require_tag: stable', 'require_tag: true', '@team/review@beta', "Tag 'beta' is not allowed. Allowed: stable"],
  ] as const)('%s, %s', async (...[ours, theirs, wanted, message]) => {
    user(`install_policy:\n  ${ours}\n`)
    project(`install_policy:\n  ${theirs}\n`)
    const run = await aam(`install ${wanted}`)
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(message)])
    expect(run.stderr).toContain(sandbox.path('home/.aam/config.yaml'))
  })

  test('applies_to: all stays all', async () => {
    user('install_policy:\n  allowed_tags: [stable]\n  applies_to: all\n')
    project('install_policy:\n  applies_to: direct\n')
    await aam('install @team/review@stable')
    expect(locked('helper')).toBe('1.0.0')
  })
})

describe('a policy that was added later', () => {
  beforeEach(async () => {
    await aam('install old-way')
    await aam('install polite')
    project('install_policy:\n  blocked_packages: ["@bad/*"]\n')
  })

  test('lets an install find a way without what it forbids, and says by which rule an optional one is left out', async () => {
    manifest({ 'old-way': '>=1.0.0', polite: '*' })
    const run = await aam('install')
    expect([run.code, run.stdout]).toEqual([0, expect.stringContaining('~ old-way 2.0.0 → 1.0.0')])
    expect(run.stderr).toContain(
      'warning: optional @bad/thing is left out: Package @bad/thing is blocked\nhint: set by',
    )
    expect((await aam('install --frozen')).code).toBe(0)
  })

  test('stops a frozen install, with the way to it', async () => {
    const run = await aam('install --frozen')
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('Package @bad/thing is blocked\n      app → ')])
  })
})

describe('where manifest and lock say different tags', () => {
  test('the lock does not count: it is resolved by the tag that the manifest follows', async () => {
    await aam('install @team/review@2.0.0')
    manifest({ '@team/review': '2.0.0' }, { 'x-aam': { tags: { '@team/review': 'stable' } } })
    project('install_policy:\n  require_tag: stable\n')
    const frozen = await aam('install --frozen')
    expect([frozen.code, frozen.stderr]).toEqual([
      1,
      expect.stringContaining("@team/review follows 'stable', and the lock has it by no tag"),
    ])
    expect((await aam('install')).stdout).toContain('~ @team/review 2.0.0 → 1.1.0 (stable)')
    expect((await aam('install --frozen')).code).toBe(0)
  })

  test('a forbidden tag in the lock is not hidden by another one in the manifest', async () => {
    await aam('install @team/review@beta')
    project('install_policy:\n  allowed_tags: [stable]\n')
    sandbox.write('app/package.agent.json', sandbox.read('app/package.agent.json').replace('"beta"', '"stable"'))
    expect((await aam('install --frozen')).code).toBe(1)
    expect((await aam('install')).code).toBe(0)
    expect(locked('@team/review')).toBe('1.1.0')
  })
})

test('a blocked direct dependency is said to be blocked, also where tags are required', async () => {
  manifest({ helper: '*' })
  project('install_policy:\n  require_tag: true\n  blocked_packages: [helper]\n')
  for (const command of ['install', 'update']) {
    expect((await aam(command)).stderr).toContain('Error: Package helper is blocked')
  }
})

describe('what is nearly a policy', () => {
  test.each([
    'install_policy.require_tag',
    'install-policy.require_tag',
    'governance.install_policy',
    'instal_policy/tag',
  ])('%s with a dot is an error', async key => {
    project(`${key}: true\n`)
    expect((await aam('install helper')).stderr).toContain('dots do not nest in YAML')
  })

  test.each([
    'AAM_INSTALLPOLICY__REQUIRE_TAG',
    'AAM_INSTAL_POLICY__TAG',
    'AAM_GOVERNENCE__X',
    'AAM__INSTALL_POLICY__REQUIRE_TAG',
  ])('the variable %s is an error, also for a lock that fits', async name => {
    await aam('install helper')
    for (const command of ['install helper', 'install', 'install --force']) {
      expect((await aam(command, { [name]: 'true' })).stderr).toContain(`the environment: ${name}: `)
    }
  })

  test.each(['instal_policy', 'Install_policy', 'install-policy'])('%s is an error', async key => {
    project(`${key}:\n  require_tag: true\n`)
    expect((await aam('install helper')).stderr).toContain(`:1: ${key}: it is not a setting; install_policy is`)
  })

  test('a variable for a rule that nobody knows is an error, another one a warning', async () => {
    const run = await aam('install helper', { AAM_INSTALL_POLICY__BLOCKED_PACKAGE: 'x' })
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining('AAM_INSTALL_POLICY__BLOCKED_PACKAGE')])
    const typo = await aam('install helper', { AAM_DEFALT_TAG: 'x' })
    expect([typo.code, typo.stderr]).toEqual([
      0,
      expect.stringContaining('AAM_DEFALT_TAG sets nothing; did you mean AAM_DEFAULT_TAG?'),
    ])
  })

  test('a pattern that no name is like is an error; a star alone is every name', async () => {
    project('install_policy:\n  blocked_packages: ["@bad"]\n')
    expect((await aam('install helper')).stderr).toContain('write @bad/* for a whole scope')
    project('install_policy:\n  blocked_packages: ["*"]\n')
    expect((await aam('install @team/review')).stderr).toContain('Package @team/review is blocked')
  })

  test('config.yml is said not to be read', async () => {
    sandbox.write('app/.aam/config.yml', 'install_policy:\n  require_tag: true\n')
    expect((await aam('install helper')).stderr).toContain('config.yml is not read: its name has to end in .yaml')
  })

  test('counts before there is a manifest, and can be set then', async () => {
    expect((await aam('config set install_policy.blocked_packages helper --project')).code).toBe(0)
    expect((await aam('config list')).stdout).toContain('install_policy.blocked_packages')
    expect((await aam('install helper')).stderr).toContain('Package helper is blocked')
  })
})

describe('a policy that cannot be understood stops everything', () => {
  test.each([
    ['install_policy:\n  require_signature: true\n', 'install_policy.require_signature', 2],
    ['install_policy:\n  alowed_tags: [stable]\n', 'install_policy.alowed_tags', 2],
    ['governance:\n  publish_policy: {}\n', 'governance.publish_policy', 2],
    ['install_policy: strict\n', 'install_policy', 1],
    ['install_policy:\n  allowed_tags: stable\n', 'install_policy.allowed_tags', 2],
    ['install_policy:\n  allowed_tags: [Stable]\n', 'install_policy.allowed_tags', 2],
    ['install_policy:\n  allowed_scopes: [team]\n', 'install_policy.allowed_scopes', 2],
    ['install_policy:\n  blocked_packages: ["(a+)+"]\n', 'install_policy.blocked_packages', 2],
    ['install_policy:\n  applies_to: some\n', 'install_policy.applies_to', 2],
    ['"install\\u005fpolicy":\n  allowed_tags: 1\n', 'install_policy.allowed_tags', 2],
  ])('%j', async (text, field, line) => {
    project(text)
    for (const command of ['install helper', 'install']) {
      manifest({ helper: '*' })
      const run = await aam(command)
      expect(run.stderr).toContain(`${sandbox.path('app/.aam/config.yaml')}:${String(line)}: ${field}: `)
      expect(run.code).toBe(1)
    }
  })
})
