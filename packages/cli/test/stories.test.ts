/** Terminal stories: what a user types and what is printed. `UPDATE_STORIES=1` writes what is printed into them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { integrityOf } from '@aam/archive'
import {
  type Sandbox,
  createSandbox,
  linesMatch,
  packSpec,
  parseSpec,
  publishUniverse,
  runStory,
  updateStory,
} from '@aam/testkit'

const UPDATE = process.env['UPDATE_STORIES'] === '1'
const sandboxes: Sandbox[] = []

afterEach(() => {
  for (const sandbox of sandboxes.splice(0)) sandbox.remove()
})

/** A sandbox with a registry that holds `universe`, which the user's configuration names. */
async function world(universe: readonly string[]): Promise<Sandbox> {
  const sandbox = createSandbox()
  sandboxes.push(sandbox)
  await publishUniverse(sandbox.path('registry'), universe)
  sandbox.write('home/.aam/config.yaml', 'registries:\n  default: ../../registry\n')
  return sandbox
}

function project(sandbox: Sandbox, folder: string, manifest?: object): void {
  mkdirSync(sandbox.path('projects', folder), { recursive: true })
  if (manifest !== undefined) sandbox.write(`projects/${folder}/package.agent.json`, manifest)
}

type Setup = { readonly file?: string; readonly start: string; readonly prepare: () => Promise<Sandbox> }

const SETUPS: Readonly<Record<string, Setup>> = {
  'the tour of the README': {
    file: '../../../README.md',
    start: 'tour',
    prepare: () => {
      const sandbox = createSandbox()
      sandboxes.push(sandbox)
      mkdirSync(sandbox.path('tour'))
      return Promise.resolve(sandbox)
    },
  },
  'the page about servers': {
    file: '../../../docs/server.md',
    start: 'review',
    prepare: () => {
      const sandbox = createSandbox()
      sandboxes.push(sandbox)
      mkdirSync(sandbox.path('review'))
      return Promise.resolve(sandbox)
    },
  },
  'server-workflows': {
    start: 'my-agent',
    prepare: () => {
      const sandbox = createSandbox()
      sandboxes.push(sandbox)
      sandbox.write('my-agent/package.agent.json', {
        name: '@author/my-agent',
        version: '1.3.0',
        description: 'An agent',
        permissions: { shell: { allow: false } },
      })
      sandbox.write(
        'my-agent/skills/greet/SKILL.md',
        '---\nname: greet\ndescription: Greets people. Use at the start.\n---\n\nSay hello.\n',
      )
      mkdirSync(sandbox.path('production/.aam'), { recursive: true })
      return Promise.resolve(sandbox)
    },
  },
  'dist-tags': {
    start: 'projects/my-agent',
    prepare: async () => {
      const sandbox = await world([])
      for (const folder of ['staging', 'production', 'beta-tester', 'conservative', 'cutting-edge', 'nobody']) {
        project(sandbox, folder)
      }
      project(sandbox, 'my-agent', {
        name: '@author/my-agent',
        version: '1.0.0',
        description: 'An agent',
        permissions: { shell: { allow: false } },
      })
      sandbox.write(
        'projects/my-agent/skills/greet/SKILL.md',
        '---\nname: greet\ndescription: Greets people. Use at the start.\n---\n\nSay hello.\n',
      )
      return sandbox
    },
  },
  'tag-workflows': {
    start: 'projects/app',
    prepare: async () => {
      const versions = [
        '1.1.0',
        '1.2.0',
        '1.3.0-dev',
        '1.4.5',
        '1.5.0',
        '2.0.0-beta.1',
        '2.3.1',
        '3.0.0-alpha.1',
        '3.0.1',
        '3.0.2',
      ]
      const sandbox = await world(versions.map(version => `@author/my-agent ${version}`))
      for (const folder of ['app', 'one', 'two', 'three', 'production', 'staging', 'development']) {
        project(sandbox, folder)
      }
      return sandbox
    },
  },
  resolution: {
    start: 'projects/a',
    prepare: async () => {
      const sandbox = await world([
        ...[
          'b 1.0.0 → d >=2.0.0',
          'b 1.5.0 → d >=2.0.0',
          'b 1.9.0 → d >=2.0.0',
          'c 2.0.0 → d >=2.1.0',
          'c 2.3.0 → d >=2.1.0',
        ],
        ...['d 2.0.0', 'd 2.1.0', 'd 2.5.0'],
        ...['x 1.5.0 → z >=3.0.0', 'y 2.1.0 → z <3.0.0', 'z 2.0.0', 'z 3.0.0'],
        ...['code-reviewer 1.5.0 → python-linter ^2.0.0, js-linter ^3.0.0', 'python-linter 2.3.0 → ast-parser ^1.0.0'],
        ...['js-linter 3.1.0', 'ast-parser 1.2.0'],
        ...['@author/asvc-auditor 1.0.0 → @author/generic-auditor >=1.0.0, report-templates ^2.0.0'],
        ...['@author/generic-auditor 1.2.3', 'report-templates 2.1.0'],
      ])
      project(sandbox, 'a', { name: 'a', version: '1.0.0', dependencies: { b: '^1.0.0', c: '^2.0.0' } })
      project(sandbox, 'my-app', { name: 'my-app', version: '1.0.0', dependencies: { x: '^1.0.0', y: '^2.0.0' } })
      project(sandbox, 'my-agent', { name: 'my-agent', version: '1.0.0', dependencies: { 'code-reviewer': '^1.0.0' } })
      project(sandbox, 'developer-a')
      project(sandbox, 'developer-b')
      project(sandbox, 'newer')
      writeFileSync(
        sandbox.path('projects/newer/generic-auditor-1.2.4.aam'),
        packSpec(parseSpec('@author/generic-auditor 1.2.4')),
      )
      return sandbox
    },
  },
  policies: {
    start: 'projects/bank',
    prepare: async () => {
      const sandbox = await world([
        '@author/my-agent 1.1.0',
        '@author/my-agent 1.2.0',
        '@author/my-agent 1.3.0',
        'helper 1.0.0',
        '@author/legacy-tools 1.0.0',
        '@author/wrapper 1.0.0 → @author/legacy-tools *',
      ])
      project(sandbox, 'bank', { name: 'bank', version: '1.0.0', 'x-aam': { private: true } })
      for (const tag of [
        '@author/my-agent@1.2.0 bank-approved',
        '@author/my-agent@1.3.0 stable',
        '@author/my-agent@1.3.0 beta',
        'helper@1.0.0 bank-approved',
        '@author/legacy-tools@1.0.0 bank-approved',
        '@author/wrapper@1.0.0 bank-approved',
      ]) {
        await sandbox.aam(`dist-tag add ${tag}`, { cwd: 'projects/bank' })
      }
      return sandbox
    },
  },
  mirrors: {
    start: 'projects/app',
    prepare: async () => {
      const sandbox = await world([
        '@team/review 1.0.0 → lint ^1.0.0',
        '@team/review 1.1.0 → lint ^1.0.0',
        'lint 1.0.0',
      ])
      project(sandbox, 'app')
      const archive = packSpec(parseSpec('@other/notes 2.0.0'))
      sandbox.write('uaaps/packages/other--notes/meta.json', {
        name: '@other/notes',
        versions: { '2.0.0': { version: '2.0.0', integrity: integrityOf(archive), tarball: 'versions/2.0.0.aam' } },
        'dist-tags': { latest: '2.0.0' },
      })
      mkdirSync(sandbox.path('uaaps/packages/other--notes/versions'))
      writeFileSync(sandbox.path('uaaps/packages/other--notes/versions/2.0.0.aam'), archive)
      writeFileSync(sandbox.path('projects/other.aam'), packSpec(parseSpec('lint 1.0.0'), { license: 'MIT' }))
      return sandbox
    },
  },
  registry: {
    start: 'projects/app',
    prepare: async () => {
      const sandbox = await world(['@team/review 1.0.0', '@team/review 1.1.0', '@team/review 2.0.0-rc.1', 'lint 1.0.0'])
      await publishUniverse(sandbox.path('elsewhere'), ['review-tools 0.3.0', 'broken 1.0.0'])
      project(sandbox, 'app')
      project(sandbox, 'new')
      return sandbox
    },
  },
  'keeping-order': {
    start: 'projects/app',
    prepare: async () => {
      const sandbox = await world(['lint 1.0.0', 'lint 1.1.0', '@team/review 1.0.0 → lint ^1.0.0'])
      project(sandbox, 'app', { name: 'app', version: '1.0.0', 'x-aam': { private: true } })
      return sandbox
    },
  },
  errors: {
    start: 'projects/app',
    prepare: async () => {
      const sandbox = await world(['review 1.0.0', 'review 1.1.0', '@team/reviews 1.0.0'])
      project(sandbox, 'app')
      return sandbox
    },
  },
}

describe.each(Object.entries(SETUPS))('%s', (name, { file: path, start, prepare }) => {
  // Those with servers hash many passwords, which is meant to take its time.
  test('reads as written', { timeout: 120_000 }, async () => {
    const file = fileURLToPath(new URL(path ?? `stories/${name}.md`, import.meta.url))
    const outcomes = await runStory(file, { sandbox: await prepare(), cwd: start, home: '/home/you' })
    if (UPDATE) {
      updateStory(file, outcomes)
      return
    }
    expect(outcomes.length).toBeGreaterThan(0)
    for (const { step, actual } of outcomes) {
      if (linesMatch(step.expected, actual)) continue
      expect(['$ ' + step.command, ...actual].join('\n'), `${name}.md:${String(step.line)}`).toBe(
        ['$ ' + step.command, ...step.expected].join('\n'),
      )
    }
  })
})
