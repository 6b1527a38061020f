/** Commands that write, each with what is there before: whatever stops one of them anywhere must cost nobody anything. */
import { mkdirSync } from 'node:fs'
import { type Sandbox, createSandbox, publishUniverse } from '@aam/testkit'
import { FULL, buildRich } from './bundle-of.ts'
import { publishRich } from './rich-package.ts'

export type CrashScenario = {
  readonly name: string
  /** The command that is stopped, and run again. */
  readonly command: readonly string[]
  /** Where it runs, below the sandbox. */
  readonly cwd: string
  /** What the command says when it was killed after its work was done, and is refused because there is nothing left to do. */
  readonly onceDone?: RegExp
  /** Tried in process only: on the calls that it makes the others have been killed already. */
  readonly inProcess?: true
  /** What happened before, in a sandbox that has the universe as its registry and an empty folder `cwd`. */
  readonly prepare: (sandbox: Sandbox) => Promise<void>
}

const UNIVERSE = [
  'git-utils 1.0.0',
  'code-review 1.0.0 → git-utils ^1.0.0',
  'code-review 1.1.0 → git-utils ^1.0.0',
  '@team/lint 1.0.0',
]

const app = (sandbox: Sandbox, dependencies: Readonly<Record<string, string>>): void => {
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0', dependencies })
}

const write = (sandbox: Sandbox, version: string): void => {
  sandbox.write('lint/package.agent.json', { name: '@team/lint', version, description: 'Finds what is wrong' })
  sandbox.write('lint/skills/lint/SKILL.md', `---\nname: lint\ndescription: Finds it, in ${version}.\n---\n\n# Lint\n`)
}

/** Runs a command that has to work. */
const done = async (sandbox: Sandbox, command: string, cwd: string): Promise<void> => {
  const { code, output } = await sandbox.aam(command, { cwd })
  if (code !== 0) throw new Error(`aam ${command}: ${output}`)
}

const nothing = (): Promise<void> => Promise.resolve()

/** A project with two agents, files that they and packages write, and packages that have everything. */
const agents = async (sandbox: Sandbox, dependencies: Readonly<Record<string, string>>): Promise<void> => {
  const rich = { name: 'kit', skills: ['lint'], hooks: ['Bash'], servers: ['github'], context: true }
  await publishRich(sandbox, { ...rich, version: '1.0.0' })
  await publishRich(sandbox, { ...rich, version: '1.1.0', skills: ['more'], commands: ['go'] })
  sandbox.clear('work')
  app(sandbox, dependencies)
  sandbox.write('app/.mcp.json', '{\n  // ours\n  "mcpServers": {}\n}\n')
  sandbox.write('app/AGENTS.md', '# Us\n')
  sandbox.write('app/.codex/config.toml', 'model = "o"\n')
  sandbox.write('app/.claude/skills/mine/SKILL.md', 'mine\n')
}

export const SCENARIOS: readonly CrashScenario[] = [
  {
    name: 'the first publish',
    command: ['publish'],
    cwd: 'pkg',
    prepare: sandbox => {
      sandbox.write('pkg/package.agent.json', { name: '@new/pkg', version: '1.0.0', description: 'A new one' })
      sandbox.write('pkg/skills/pkg/SKILL.md', '---\nname: pkg\ndescription: Helps.\n---\n\n# Help\n')
      return Promise.resolve()
    },
  },
  {
    name: 'the publish of a second version with a tag',
    command: ['publish', '--tag', 'beta'],
    cwd: 'lint',
    prepare: sandbox => {
      write(sandbox, '1.1.0')
      return Promise.resolve()
    },
  },
  {
    name: 'moving a tag',
    command: ['dist-tag', 'add', 'code-review@1.1.0', 'stable'],
    cwd: 'app',
    prepare: sandbox => done(sandbox, 'dist-tag add code-review@1.0.0 stable', 'app'),
  },
  {
    name: 'removing a tag',
    command: ['dist-tag', 'rm', 'code-review', 'stable'],
    cwd: 'app',
    onceDone: /^Error: Tag 'stable' not found for code-review\n/,
    prepare: sandbox => done(sandbox, 'dist-tag add code-review@1.0.0 stable', 'app'),
  },
  {
    name: 'the first install',
    command: ['install', 'code-review', '@team/lint'],
    cwd: 'app',
    prepare: nothing,
  },
  {
    name: 'an install of what the manifest asks for',
    command: ['install'],
    cwd: 'app',
    prepare: sandbox => {
      app(sandbox, { 'code-review': '^1.0.0' })
      return Promise.resolve()
    },
  },
  {
    name: 'the install of one more package',
    command: ['install', '@team/lint'],
    cwd: 'app',
    prepare: sandbox => {
      app(sandbox, { 'git-utils': '*' })
      return done(sandbox, 'install', 'app')
    },
  },
  {
    name: 'an update',
    command: ['update'],
    cwd: 'app',
    prepare: async sandbox => {
      app(sandbox, { 'code-review': '1.0.0' })
      await done(sandbox, 'install', 'app')
      app(sandbox, { 'code-review': '^1.0.0' })
    },
  },
  {
    name: 'an uninstall',
    command: ['uninstall', 'code-review'],
    cwd: 'app',
    onceDone: /^Error: code-review is not installed here\n/,
    prepare: sandbox => {
      app(sandbox, { 'code-review': '^1.0.0', '@team/lint': '*' })
      return done(sandbox, 'install', 'app')
    },
  },
  {
    name: 'deprecating',
    command: ['deprecate', 'code-review@1.0.0', 'use 1.1.0'],
    cwd: 'app',
    prepare: nothing,
  },
  {
    name: 'a yank that moves latest',
    command: ['yank', 'code-review@1.1.0'],
    cwd: 'app',
    prepare: nothing,
  },
  {
    name: 'an import',
    command: ['import', '../source'],
    cwd: 'app',
    onceDone: /^Error: \S+\/app\/source is already there and not an empty folder\n/,
    prepare: sandbox => {
      sandbox.write('source/.claude/skills/pdf/SKILL.md', '---\nname: pdf\ndescription: Reads PDF.\n---\n\n# PDF\n')
      sandbox.write('source/.mcp.json', { mcpServers: { pdf: { command: 'pdf-mcp' } } })
      return Promise.resolve()
    },
  },
  {
    name: 'the install of a bundle',
    command: ['install', '../kit.bundle.aam', '--approve-executables'],
    cwd: 'app',
    prepare: sandbox => {
      app(sandbox, {})
      sandbox.write('app/.claude/settings.json', { mine: true })
      return buildRich(sandbox, 'kit.bundle.aam', { name: '@team/kit', version: '1.0.0', target: 'claude', ...FULL })
    },
  },
  {
    name: 'the install of a bundle instead of another',
    command: ['install', '../kit.bundle.aam', '--approve-executables'],
    cwd: 'app',
    prepare: async sandbox => {
      const bundle = { name: '@team/kit', target: 'claude', ...FULL }
      app(sandbox, {})
      await buildRich(sandbox, 'kit.bundle.aam', { ...bundle, version: '1.0.0' })
      await done(sandbox, 'install ../kit.bundle.aam --approve-executables', 'app')
      await buildRich(sandbox, 'kit.bundle.aam', { ...bundle, version: '2.0.0', target: 'cursor' })
    },
  },
  {
    name: 'the uninstall of a bundle',
    command: ['uninstall', '@team/kit'],
    cwd: 'app',
    onceDone: /^Error: @team\/kit is not installed here\n/,
    prepare: async sandbox => {
      app(sandbox, {})
      sandbox.write('app/.claude/settings.json', { mine: true })
      await buildRich(sandbox, 'kit.bundle.aam', { name: '@team/kit', version: '1.0.0', target: 'claude', ...FULL })
      await done(sandbox, 'install ../kit.bundle.aam --approve-executables', 'app')
    },
  },
  {
    name: 'an install that unpacks everything again',
    command: ['install', '--force'],
    cwd: 'app',
    prepare: sandbox => {
      app(sandbox, { 'code-review': '^1.0.0' })
      return done(sandbox, 'install', 'app')
    },
  },
  {
    name: 'an install that deploys',
    command: ['install', '--approve-executables'],
    cwd: 'app',
    prepare: sandbox => agents(sandbox, { kit: '1.0.0' }),
  },
  {
    name: 'an update of what is deployed',
    inProcess: true,
    command: ['update', '--approve-executables'],
    cwd: 'app',
    prepare: async sandbox => {
      await agents(sandbox, { kit: '1.0.0' })
      await done(sandbox, 'install --approve-executables', 'app')
      app(sandbox, { kit: '^1.0.0' })
    },
  },
  {
    name: 'an uninstall of what is deployed',
    command: ['uninstall', 'kit'],
    cwd: 'app',
    onceDone: /^Error: kit is not installed here\n/,
    prepare: async sandbox => {
      await agents(sandbox, { kit: '1.0.0', 'git-utils': '*' })
      await done(sandbox, 'install --approve-executables', 'app')
    },
  },
  {
    name: 'taking away what is deployed for one agent',
    inProcess: true,
    command: ['undeploy', '--platform', 'codex'],
    cwd: 'app',
    prepare: async sandbox => {
      await agents(sandbox, { kit: '1.0.0' })
      await done(sandbox, 'install --approve-executables', 'app')
    },
  },
]

/**
 * A sandbox that is ready for the command. Its registry is in the same Git repository as its projects, so that nothing in
 * it depends on where it is, and it can be copied.
 */
export async function prepareScenario({ prepare, cwd }: CrashScenario): Promise<Sandbox> {
  const sandbox = createSandbox()
  mkdirSync(sandbox.path('.git'))
  mkdirSync(sandbox.path(cwd))
  await publishUniverse(sandbox.path('registry'), UNIVERSE)
  sandbox.write('home/.aam/config.yaml', 'registries:\n  default: ../../registry\n')
  await prepare(sandbox)
  return sandbox
}
