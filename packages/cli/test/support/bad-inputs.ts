/** Bad input of every kind, and what has to be said about it. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { LIMITS } from '@aam/archive'
import { type Sandbox, packSpec, parseSpec } from '@aam/testkit'
import { FULL, type Forgery, buildRich, forgeBundle } from './bundle-of.ts'

export type BadInput = {
  readonly what: string
  /** What is bad, in a sandbox with a registry, a home, and the project `app` that asks for git-utils ^1.0.0. */
  readonly prepare?: (sandbox: Sandbox) => unknown
  readonly command: string | readonly string[]
  readonly cwd?: string
  /** 1: the thing asked for failed; 2: the command was used wrongly. */
  readonly exit: 1 | 2
  /** Words that name what is wrong, and where. */
  readonly says: readonly string[]
  /** Words of the hint. */
  readonly hint?: string
}

const MANIFEST = 'app/package.agent.json'
const LOCK = 'app/package.agent.lock'
const METADATA = 'registry/packages/git-utils/metadata.yaml'
const ARCHIVE = 'registry/packages/git-utils/versions/1.0.1.aam'

const text = (file: string, contents: string) => (sandbox: Sandbox) => sandbox.write(file, contents)
const bytes = (file: string, contents: Uint8Array) => (sandbox: Sandbox) => {
  writeFileSync(sandbox.path(file), contents)
}
const manifest = (fields: object) => (sandbox: Sandbox) =>
  sandbox.write(MANIFEST, { name: 'app', version: '1.0.0', ...fields })
const replace = (file: string, before: string, after: string) => (sandbox: Sandbox) => {
  const old = sandbox.read(file)
  if (!old.includes(before)) throw new Error(`${file} does not hold ${before}`)
  sandbox.write(file, old.replace(before, after))
}
const instead = (path: string, make: (path: string) => void) => (sandbox: Sandbox) => {
  rmSync(sandbox.path(path), { recursive: true, force: true })
  make(sandbox.path(path))
}
const folder = (path: string): void => void mkdirSync(path, { recursive: true })
const file = (path: string): void => {
  writeFileSync(path, 'a file\n')
}
const dangling = (path: string): void => {
  symlinkSync('nowhere/at/all', path)
}
const loop = (path: string): void => {
  symlinkSync(path, path)
}
const fifo = (path: string): void => void execFileSync('mkfifo', [path])
/** The steps before the last one are done with the real program. */
const after =
  (command: string, change: (sandbox: Sandbox) => unknown) =>
  async (sandbox: Sandbox): Promise<void> => {
    const { code, output } = await sandbox.aam(command, { cwd: 'app' })
    if (code !== 0) throw new Error(output)
    await change(sandbox)
  }
const utf16 = (value: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(value, 'utf16le')])
const MEGABYTE = 'x'.repeat(1 << 20)

export const MANIFESTS: readonly BadInput[] = [
  {
    what: 'a manifest that is not JSON',
    prepare: text(MANIFEST, '{\n  "name": "app",\n  "version" "1.0.0"\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:3'],
  },
  {
    what: 'a comment in it',
    prepare: text(MANIFEST, '{\n  // mine\n  "name": "app",\n  "version": "1.0.0"\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:2', 'comments are not JSON'],
  },
  {
    what: 'a key that is there twice',
    prepare: text(MANIFEST, '{\n  "name": "app",\n  "version": "1.0.0",\n  "name": "b"\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:4', 'name'],
  },
  {
    what: 'an empty manifest',
    prepare: text(MANIFEST, ''),
    command: 'install',
    exit: 1,
    says: ['package.agent.json'],
  },
  {
    what: 'a manifest that is a list',
    prepare: text(MANIFEST, '[]\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:1'],
  },
  {
    what: 'a field of the wrong type',
    prepare: text(MANIFEST, '{\n  "name": "app",\n  "version": "1.0.0",\n  "dependencies": ["git-utils"]\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:4: dependencies: '],
  },
  {
    what: 'no version',
    prepare: text(MANIFEST, '{\n  "name": "app"\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json', 'version'],
  },
  {
    what: 'a version that is none',
    prepare: text(MANIFEST, '{\n  "name": "app",\n  "version": "1.0"\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:3: version: ', "'1.0'"],
  },
  {
    what: 'a name that is none',
    prepare: text(MANIFEST, '{\n  "name": "My App",\n  "version": "1.0.0"\n}\n'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:2: name: ', "'My App'"],
  },
  {
    what: 'a range that is none',
    prepare: manifest({ dependencies: { 'git-utils': '^one' } }),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:5: dependencies.git-utils: ', "'^one'"],
  },
  {
    what: 'a dependency whose name is none',
    prepare: manifest({ dependencies: { '../x': '*' } }),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:5', '../x'],
  },
  {
    what: 'a dependency named __proto__',
    prepare: text(
      MANIFEST,
      '{\n  "name": "app",\n  "version": "1.0.0",\n  "dependencies": {\n    "__proto__": "*"\n  }\n}\n',
    ),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:5', '__proto__'],
  },
  {
    what: 'a range of a megabyte',
    prepare: manifest({ dependencies: { 'git-utils': '1 '.repeat(1 << 18) } }),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:5', 'dependencies.git-utils'],
  },
  {
    what: 'a manifest of ten megabytes',
    prepare: text(MANIFEST, `{ "name": "app", "version": "1.0.0", "description": "${MEGABYTE.repeat(10)}" }`),
    command: 'install',
    exit: 1,
    says: ['package.agent.json has ', 'bytes'],
  },
  {
    what: 'a manifest that is binary',
    prepare: bytes(MANIFEST, Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 37) % 256))),
    command: 'install',
    exit: 1,
    says: ['package.agent.json'],
  },
  {
    what: 'a manifest in UTF-16',
    prepare: bytes(MANIFEST, utf16('{ "name": "app", "version": "1.0.0" }\n')),
    command: 'install',
    exit: 1,
    says: ['package.agent.json', 'UTF-8'],
  },
  {
    what: 'a manifest nested ten thousand deep',
    prepare: text(
      MANIFEST,
      `{"name":"app","version":"1.0.0","x-deep":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`,
    ),
    command: 'install',
    exit: 1,
    says: ['package.agent.json', 'nested'],
  },
  {
    what: 'a manifest that is a folder',
    prepare: instead(MANIFEST, folder),
    command: 'install',
    exit: 1,
    says: ['A folder is where a file should be', MANIFEST],
  },
  {
    what: 'a manifest that is a dangling link',
    prepare: instead(MANIFEST, dangling),
    command: 'install git-utils',
    exit: 1,
    says: ['A link leads nowhere', MANIFEST],
  },
  {
    what: 'a manifest that is a link to itself',
    prepare: instead(MANIFEST, loop),
    command: 'install git-utils',
    exit: 1,
    says: ['A link points in a circle', MANIFEST],
  },
  {
    what: 'a tab in a YAML manifest',
    prepare: instead(MANIFEST, path => {
      writeFileSync(path.replace('.json', '.yaml'), 'name: app\nversion: 1.0.0\ndependencies:\n\tgit-utils: "*"\n')
    }),
    command: 'install',
    exit: 1,
    says: ['package.agent.yaml:4'],
  },
  {
    what: 'an anchor in a YAML manifest',
    prepare: instead(MANIFEST, path => {
      writeFileSync(path.replace('.json', '.yaml'), 'name: app\nversion: 1.0.0\ndependencies: &d\n  git-utils: "*"\n')
    }),
    command: 'install',
    exit: 1,
    says: ['package.agent.yaml:3', 'anchors are not allowed'],
  },
  {
    what: 'a key that is there twice in a YAML manifest',
    prepare: instead(MANIFEST, path => {
      writeFileSync(path.replace('.json', '.yaml'), 'name: app\nversion: 1.0.0\nname: b\n')
    }),
    command: 'install',
    exit: 1,
    says: ['package.agent.yaml:3', 'twice'],
  },
]

export const CONFIGURATIONS: readonly BadInput[] = [
  ...['home/.aam/config.yaml', 'app/.aam/config.yaml'].flatMap(path => [
    {
      what: `${path} that is not YAML`,
      prepare: text(path, 'registries:\n\tdefault: ./registry\n'),
      command: 'install',
      exit: 1 as const,
      says: [path, ':2'],
    },
    {
      what: `${path} that is a list`,
      prepare: text(path, '- registries\n'),
      command: 'install',
      exit: 1 as const,
      says: [path],
    },
    {
      what: `${path} with registries of the wrong type`,
      prepare: text(path, 'registries: ./registry\n'),
      command: 'install',
      exit: 1 as const,
      says: [path, 'registries: '],
    },
    {
      what: `${path} with a registry of the wrong type`,
      prepare: text(path, 'registries:\n  default: 7\n'),
      command: 'install',
      exit: 1 as const,
      says: [path, 'registries.default: '],
    },
    {
      what: `${path} that is a folder`,
      prepare: instead(path, folder),
      command: 'install',
      exit: 1 as const,
      says: ['A folder is where a file should be', path],
    },
  ]),
]

export const REQUESTS: readonly BadInput[] = [
  {
    what: 'an unknown package',
    command: 'install git-utlis',
    exit: 1,
    says: ['git-utlis'],
    hint: 'did you mean git-utils',
  },
  {
    what: 'an unknown package to look at',
    command: 'info git-utlis',
    exit: 1,
    says: ['git-utlis'],
    hint: 'did you mean git-utils',
  },
  {
    what: 'an unknown tag',
    command: 'install git-utils@stable',
    exit: 1,
    says: ["Tag 'stable' not found for git-utils"],
    hint: 'tags there are: latest',
  },
  {
    what: 'no matching version',
    command: 'install git-utils@^9',
    exit: 1,
    says: ['No version of git-utils matches ^9'],
    hint: '2.0.0',
  },
  {
    what: 'a version that is not there',
    command: 'install git-utils@1.0.7',
    exit: 1,
    says: ['git-utils@1.0.7 does not exist'],
    hint: '1.0.1',
  },
  {
    what: 'a tag for a version that is not there',
    command: 'dist-tag add git-utils@1.0.7 stable',
    exit: 1,
    says: ['git-utils@1.0.7 does not exist'],
    hint: '1.0.1',
  },
  {
    what: 'a tag that is a version',
    command: 'dist-tag add git-utils@1.0.0 1.0.0',
    exit: 2,
    says: ["Invalid tag name '1.0.0'"],
  },
  {
    what: 'a tag of a megabyte',
    command: ['dist-tag', 'add', 'git-utils@1.0.0', MEGABYTE.toLowerCase()],
    exit: 2,
    says: ['Invalid tag name'],
  },
  {
    what: 'a version of a megabyte',
    command: ['dist-tag', 'add', `git-utils@1.0.${'1'.repeat(1 << 20)}`, 'stable'],
    exit: 2,
    says: ['1.0.1'],
  },
  {
    what: 'a range of a megabyte',
    command: ['install', `git-utils@^${'1'.repeat(1 << 20)}`],
    exit: 2,
    says: ['Invalid version range', 'characters'],
  },
  {
    what: 'a name of a megabyte',
    command: ['install', MEGABYTE],
    exit: 2,
    says: ['Invalid package name', '1048576 characters'],
  },
  {
    what: 'a name of 300 characters',
    command: ['install', 'x'.repeat(300)],
    exit: 2,
    says: ['Invalid package name', '300 characters'],
  },
  { what: 'an empty name', command: ['install', ''], exit: 2, says: ['Invalid package name', 'empty'] },
  { what: 'a name in capitals', command: 'install Git-Utils', exit: 2, says: ["'Git-Utils'", 'capital letters'] },
  { what: 'two hyphens', command: 'install a--b', exit: 2, says: ["'a--b'", "'--'"] },
  { what: 'a path as a name', command: 'info ../x', exit: 2, says: ['../x'] },
  { what: 'a path to install', command: 'install ../x', exit: 2, says: ['../x'] },
  { what: 'a scope without a name', command: 'install @a/', exit: 2, says: ["'@a/'"] },
  { what: 'a name without a scope', command: 'install @/x', exit: 2, says: ["'@/x'"] },
  { what: 'the name __proto__', command: 'install __proto__', exit: 2, says: ["'__proto__'"] },
  {
    what: 'the name constructor, which nobody published',
    command: 'install constructor',
    exit: 1,
    says: ['Package constructor not found'],
  },
  {
    what: 'why constructor',
    prepare: after('install', () => undefined),
    command: 'why constructor',
    exit: 1,
    says: ['constructor is not installed'],
  },
  {
    what: 'the tag __proto__',
    command: 'dist-tag add git-utils@1.0.0 __proto__',
    exit: 2,
    says: ["Invalid tag name '__proto__'"],
  },
  {
    what: 'the tag constructor, which nobody set',
    command: 'install git-utils@constructor',
    exit: 1,
    says: ["Tag 'constructor' not found"],
  },
  { what: 'a NUL in a name', command: ['install', 'git\u0000utils'], exit: 2, says: ['Invalid package name'] },
  { what: 'an unknown command', command: 'instal', exit: 2, says: ["'aam instal'"], hint: 'aam install' },
  { what: 'an unknown command of a group', command: 'dist-tag move', exit: 2, says: ["'aam dist-tag move'"] },
  { what: 'an unknown option', command: 'install --frozn', exit: 2, says: ["'--frozn'"], hint: '--frozen' },
  { what: 'an option without its value', command: 'install --registry', exit: 2, says: ['--registry'] },
  { what: 'too many words', command: 'tree one two', exit: 2, says: ['Too many arguments'] },
  { what: 'a missing word', command: 'why', exit: 2, says: ['why'] },
  { what: 'a working folder that is not there', command: 'tree --cwd nowhere', exit: 1, says: ['nowhere'] },
  {
    what: 'a working folder that is a file',
    command: 'tree --cwd package.agent.json',
    exit: 1,
    says: ['A file is where a folder should be', 'package.agent.json'],
  },
  {
    what: 'a requirement of a requirement that nobody published',
    prepare: manifest({ dependencies: { broken: '*' } }),
    command: 'install',
    exit: 1,
    says: ['ghost', 'broken'],
  },
]

const SKILL = '---\nname: pdf\ndescription: Reads PDF.\n---\n\n# PDF\n'

export const IMPORTS: readonly BadInput[] = [
  {
    what: 'a folder with nothing to import',
    prepare: text('source/README.md', '# Nothing\n'),
    command: 'import ../source',
    exit: 1,
    says: ['There is nothing to import in ', 'source'],
    hint: 'name a folder that has .claude',
  },
  {
    what: 'a marketplace of plugins',
    prepare: text(
      'source/.claude-plugin/marketplace.json',
      '{ "name": "m", "plugins": [{ "name": "a", "source": "./plugins/a" }] }',
    ),
    command: 'import ../source',
    exit: 1,
    says: ['There is nothing to import in '],
    hint: 'import its plugins one by one: plugins/a',
  },
  {
    what: 'settings that are not JSON, and nothing else',
    prepare: text('source/.mcp.json', '{\n  "mcpServers" {}\n}\n'),
    command: 'import ../source',
    exit: 1,
    says: ['There is nothing to import in ', '.mcp.json: it is not JSON: ', 'line 2'],
  },
  {
    what: 'settings nested ten thousand deep, and nothing else',
    prepare: text('source/.mcp.json', '{"a":'.repeat(10_000)),
    command: 'import ../source',
    exit: 1,
    says: ['.mcp.json: it is nested more than 100 levels deep'],
  },
  {
    what: 'an import of what is not there',
    command: 'import ../nowhere',
    exit: 1,
    says: ['No such file or folder', 'nowhere'],
  },
  {
    what: 'an import of a file that is none of those',
    command: 'import package.agent.json',
    exit: 1,
    says: ['A file is where a folder should be', 'package.agent.json'],
  },
  {
    what: 'an import into a folder that is not empty',
    prepare: text('source/pdf/SKILL.md', SKILL),
    command: 'import ../source --out ../source',
    exit: 1,
    says: ['source is already there and not an empty folder'],
    hint: '--out',
  },
  {
    what: 'an import to where a file is',
    prepare: text('source/pdf/SKILL.md', SKILL),
    command: 'import ../source --out package.agent.json',
    exit: 1,
    says: ['package.agent.json is already there'],
    hint: '--out',
  },
  {
    what: 'an import below a file',
    prepare: text('source/pdf/SKILL.md', SKILL),
    command: 'import ../source --out package.agent.json/x',
    exit: 1,
    says: ['A file is where a folder should be', 'package.agent.json'],
  },
  {
    what: 'an import with a name that is none',
    prepare: text('source/pdf/SKILL.md', SKILL),
    command: 'import ../source --name Bad--Name',
    exit: 2,
    says: ["Invalid package name 'Bad--Name'"],
  },
]

export const REGISTRIES: readonly BadInput[] = [
  {
    what: 'a registry that is not there',
    command: 'install --registry ../nowhere',
    exit: 1,
    says: ['There is no registry at', 'nowhere'],
  },
  {
    what: 'a registry that is a file',
    command: 'install --registry package.agent.json',
    exit: 1,
    says: ['There is no registry at', 'package.agent.json'],
  },
  {
    what: 'a registry that is an empty folder',
    prepare: instead('empty', folder),
    command: 'install --registry ../empty',
    exit: 1,
    says: ['There is no registry at', 'empty'],
    hint: 'aam registry init',
  },
  {
    what: 'a registry that is a dangling link',
    prepare: instead('gone', dangling),
    command: 'install --registry ../gone',
    exit: 1,
    says: ['There is no registry at', 'gone'],
  },
  {
    what: 'a registry that is a link to itself',
    prepare: instead('loop', loop),
    command: 'install --registry ../loop',
    exit: 1,
    says: ['loop'],
  },
  {
    what: 'a registry that nobody answers for',
    command: 'install --registry http://127.0.0.1:9/r',
    exit: 1,
    says: ['http://127.0.0.1:9/r'],
    hint: 'check the address',
  },
  {
    what: 'a registry that is an address of something else',
    command: 'install --registry ftp://example.com/r',
    exit: 1,
    says: ['ftp://example.com/r'],
    hint: 'file://',
  },
  {
    what: 'a registry with a password in its address',
    command: 'install --registry https://ann:secret@example.com',
    exit: 2,
    says: ['must not have a user or a password'],
    hint: 'aam login',
  },
  { what: 'a registry that is nothing', command: ['install', '--registry', ''], exit: 2, says: ['--registry'] },
  {
    what: 'no registry configured',
    prepare: instead('home/.aam/config.yaml', () => undefined),
    command: 'install',
    exit: 1,
    says: ['No registry is configured'],
    hint: 'aam registry init',
  },
  {
    what: 'registry.yaml that is not YAML',
    prepare: text('registry/registry.yaml', 'format_version: [1\n'),
    command: 'dist-tag add git-utils@1.0.0 stable',
    exit: 1,
    says: ['registry.yaml', 'line '],
  },
  {
    what: 'registry.yaml of another format',
    prepare: text('registry/registry.yaml', 'format_version: 99\n'),
    command: 'dist-tag add git-utils@1.0.0 stable',
    exit: 1,
    says: ['registry.yaml', '99'],
  },
  {
    what: 'metadata.yaml with Git conflict markers',
    prepare: replace(METADATA, 'tags:', '<<<<<<< HEAD\ntags:\n=======\ntags:\n>>>>>>> theirs'),
    command: 'install',
    exit: 1,
    says: [METADATA, 'it has Git conflict markers'],
  },
  {
    what: 'metadata.yaml that is not UTF-8, when publishing',
    prepare: bytes(METADATA, utf16('name: git-utils\n')),
    command: ['dist-tag', 'add', 'git-utils@1.0.0', 'stable'],
    exit: 1,
    says: [METADATA],
  },
  {
    what: 'a manifest with Git conflict markers',
    prepare: replace(MANIFEST, '{', '{\n<<<<<<< HEAD\n=======\n>>>>>>> theirs'),
    command: 'install',
    exit: 1,
    says: ['package.agent.json:2: it has Git conflict markers'],
    hint: 'decide between the two sides',
  },
  {
    what: 'a configuration that is not UTF-8',
    prepare: bytes('home/.aam/config.yaml', utf16('default_tag: stable\n')),
    command: 'install lint',
    exit: 1,
    says: ['home/.aam/config.yaml', 'it is not UTF-8 text'],
  },
  {
    what: 'a configuration that is a link to nowhere',
    prepare: instead('home/.aam/config.yaml', dangling),
    command: 'install lint',
    exit: 1,
    says: ['A link leads nowhere', 'home/.aam/config.yaml'],
  },
  {
    what: 'a default tag that is no tag',
    prepare: text('app/.aam/config.yaml', 'default_tag: 1.x\n'),
    command: 'install git-utils',
    exit: 1,
    says: ['app/.aam/config.yaml:1: default_tag', "'1.x' is not a tag"],
  },
  {
    what: 'a rule of a policy that nobody knows',
    prepare: text('app/.aam/config.yaml', 'install_policy:\n  require_signature: true\n'),
    command: 'install git-utils',
    exit: 1,
    says: ['app/.aam/config.yaml:2: install_policy.require_signature'],
  },
  {
    what: 'a source without an address',
    prepare: text('app/.aam/config.yaml', 'registries:\n  sources:\n    - { name: team }\n'),
    command: 'install git-utils',
    exit: 1,
    says: ['app/.aam/config.yaml:', 'registries.sources', '[0].url'],
  },
  {
    what: 'a source that is away',
    prepare: text(
      'app/.aam/config.yaml',
      'registries:\n  sources:\n    - { name: team, url: ../gone, scopes: ["@team"] }\n',
    ),
    command: 'install @team/lint',
    exit: 1,
    says: ['There is no registry at', 'app/gone'],
  },
  {
    what: 'a place where nothing can be made',
    command: 'registry init /proc/nowhere/registry',
    exit: 1,
    says: ['/proc/nowhere'],
  },
  {
    what: 'a setting that nobody knows',
    command: 'config get colour',
    exit: 2,
    says: ["There is no setting 'colour'"],
  },
  {
    what: 'a value that a setting does not take',
    command: 'config set install_policy.applies_to some',
    exit: 2,
    says: ["'some'", 'it must be direct or all'],
  },
  {
    what: 'removing what is not there',
    command: 'uninstall git-util',
    exit: 1,
    says: ['git-util is not installed here'],
    hint: 'did you mean git-utils?',
  },
  { what: 'removing nothing', command: 'uninstall', exit: 2, says: ["Missing required argument 'packages'"] },
  {
    what: 'yanking a version nobody published',
    command: 'yank git-utils@7.0.0',
    exit: 1,
    says: ['git-utils@7.0.0 does not exist'],
  },
  { what: 'yanking a range', command: 'yank git-utils@^1.0.0', exit: 2, says: ['an exact version is needed'] },
  { what: 'deprecating without a word', command: 'deprecate git-utils@1.0.0', exit: 2, says: ['message'] },
  {
    what: 'a comparison with a version nobody published',
    command: 'diff git-utils@1.0.0 git-utils@7.0.0',
    exit: 1,
    says: ['git-utils@7.0.0 does not exist'],
  },
  { what: 'a shell nobody knows', command: 'completion csh', exit: 2, says: ['csh'] },
  { what: 'a part of a version that is none', command: 'version middle', exit: 2, says: ['middle'] },
  {
    what: 'something offline that needs a registry',
    command: 'install lint --offline',
    exit: 1,
    says: ['--offline asks no registry'],
  },
  {
    what: 'metadata.yaml that is not YAML',
    prepare: text(METADATA, 'name: git-utils\nversions: {\n'),
    command: 'install',
    exit: 1,
    says: [METADATA, 'line '],
  },
  { what: 'metadata.yaml that is empty', prepare: text(METADATA, ''), command: 'install', exit: 1, says: [METADATA] },
  {
    what: 'metadata.yaml that is binary',
    prepare: bytes(METADATA, Buffer.from([0, 1, 2, 255, 254, 10, 0])),
    command: 'install',
    exit: 1,
    says: [METADATA],
  },
  {
    what: 'metadata.yaml of another package',
    prepare: replace(METADATA, 'name: git-utils', 'name: other'),
    command: 'install',
    exit: 1,
    says: [METADATA, 'other'],
  },
  {
    what: 'metadata.yaml with a tag that points nowhere',
    prepare: replace(METADATA, 'latest: ', 'latest: 7.0.0 # '),
    command: 'install git-utils',
    exit: 1,
    says: ['metadata.yaml of git-utils', "'latest' points to 7.0.0"],
  },
  {
    what: 'metadata.yaml with a wrong integrity',
    prepare: replace(METADATA, 'integrity: sha256-', 'integrity: md5-'),
    command: 'install',
    exit: 1,
    says: [METADATA, 'integrity'],
  },
  {
    what: 'metadata.yaml that is a folder',
    prepare: instead(METADATA, folder),
    command: 'install',
    exit: 1,
    says: ['A folder is where a file should be', METADATA],
  },
  {
    what: 'metadata.yaml that is broken, when publishing',
    prepare: text(METADATA, 'name: [\n'),
    command: 'dist-tag add git-utils@1.0.0 stable',
    exit: 1,
    says: [METADATA],
  },
  {
    what: 'a file where the versions should be',
    prepare: instead('registry/packages/git-utils/versions', file),
    command: 'install',
    exit: 1,
    says: ['git-utils/versions'],
  },
  {
    what: 'a file where the packages should be',
    prepare: instead('registry/packages', file),
    command: 'info git-utils',
    exit: 1,
    says: ['registry/packages'],
  },
  {
    what: 'a file where the packages should be, when publishing',
    prepare: instead('registry/packages', file),
    command: 'publish',
    exit: 1,
    says: ['registry/packages'],
  },
  {
    what: 'a dangling link where the packages should be, when publishing',
    prepare: instead('registry/packages', dangling),
    command: 'publish',
    exit: 1,
    says: ['registry/packages'],
  },
  {
    what: 'a dangling link where the versions should be, when publishing',
    prepare: instead('registry/packages/app', path => {
      folder(path)
      dangling(`${path}/versions`)
    }),
    command: 'publish',
    exit: 1,
    says: ['registry/packages/app/versions'],
  },
  {
    what: 'a file where the lock should be, when publishing',
    prepare: instead('registry/.lock', file),
    command: 'publish',
    exit: 1,
    says: ['registry/.lock'],
  },
]

export const ARCHIVES: readonly BadInput[] = [
  { what: 'an archive that is not there', command: 'publish nothing.aam', exit: 1, says: ['nothing.aam'] },
  {
    what: 'an archive that is a folder',
    prepare: instead('app/folder.aam', folder),
    command: 'publish folder.aam',
    exit: 1,
    says: ['folder.aam'],
  },
  {
    what: 'an archive that is empty',
    prepare: text('app/x.aam', ''),
    command: 'publish x.aam',
    exit: 1,
    says: ['not a valid .aam archive'],
  },
  {
    what: 'an archive that is garbage',
    prepare: text('app/x.aam', 'garbage'.repeat(99)),
    command: 'publish x.aam',
    exit: 1,
    says: ['not a valid .aam archive'],
  },
  {
    what: 'an archive cut short',
    prepare: bytesOf('app/x.aam', archive => archive.subarray(0, archive.length / 2)),
    command: 'publish x.aam',
    exit: 1,
    says: ['not a valid .aam archive'],
  },
  {
    what: 'an archive with a flipped byte',
    prepare: bytesOf('app/x.aam', flipped),
    command: 'publish x.aam',
    exit: 1,
    says: ['not a valid .aam archive'],
  },
  {
    what: 'other bytes for a published version',
    prepare: bytesOf('app/x.aam', () => packSpec(parseSpec('git-utils 1.0.1'), { description: 'other' })),
    command: 'publish x.aam',
    exit: 1,
    says: ['git-utils@1.0.1 is already published with other contents'],
  },
  {
    what: 'an archive that the registry lost',
    prepare: instead(ARCHIVE, () => undefined),
    command: 'install',
    exit: 1,
    says: [ARCHIVE, 'missing'],
  },
  {
    what: 'an archive that is a folder in the registry',
    prepare: instead(ARCHIVE, folder),
    command: 'install',
    exit: 1,
    says: ['A folder is where a file should be', ARCHIVE],
  },
  {
    what: 'an archive cut short in the registry',
    prepare: inRegistry(archive => archive.subarray(0, 100)),
    command: 'install',
    exit: 1,
    says: ['git-utils@1.0.1 is not what it should be'],
  },
  {
    what: 'garbage in the registry',
    prepare: inRegistry(() => Buffer.from('garbage')),
    command: 'install',
    exit: 1,
    says: ['git-utils@1.0.1 is not what it should be'],
  },
  {
    what: 'a flipped byte in the registry',
    prepare: inRegistry(flipped),
    command: 'install',
    exit: 1,
    says: ['git-utils@1.0.1 is not what it should be'],
  },
  {
    what: 'another version in the registry',
    prepare: inRegistry(() => packSpec(parseSpec('git-utils 2.0.0'))),
    command: 'install',
    exit: 1,
    says: ['git-utils@1.0.1 is not what it should be'],
  },
]

function bytesOf(path: string, change: (archive: Buffer) => Uint8Array) {
  return (sandbox: Sandbox): void => {
    writeFileSync(sandbox.path(path), change(readFileSync(sandbox.path(ARCHIVE))))
  }
}

function inRegistry(change: (archive: Buffer) => Uint8Array): (sandbox: Sandbox) => void {
  return bytesOf(ARCHIVE, change)
}

function flipped(archive: Buffer): Buffer {
  const copy = Buffer.from(archive)
  const middle = copy.length >> 1
  copy[middle] = copy[middle]! ^ 0x10
  return copy
}

const BUNDLE = 'app/kit.bundle.aam'
/** A bundle with everything, and with something wrong in it. */
const bundle =
  (forgery: Forgery, target = 'claude') =>
  async (sandbox: Sandbox): Promise<void> => {
    await buildRich(sandbox, BUNDLE, { name: '@team/kit', version: '1.0.0', target, ...FULL })
    forgeBundle(sandbox, BUNDLE, forgery)
  }
/** What a bundle tries to have done, written as the one that is built would write it. */
const hostile = (forgery: Forgery, says: readonly string[], target?: string): Omit<BadInput, 'what'> => ({
  prepare: bundle(forgery, target),
  command: 'install kit.bundle.aam --approve-executables --overwrite',
  exit: 1,
  says: ['kit.bundle.aam cannot be used as a bundle: ', ...says],
  hint: 'aam build',
})
const part = (file: string): string =>
  `${JSON.stringify({ parts: [{ name: 'x', form: 'json', file, at: [], key: 'x', value: 1, needs: [] }] }, undefined, 2)}\n`
const lists = (path: string) => ({ artifacts: [{ type: 'skill', name: 'x', path }] })
/** The bundle with one path of its archive replaced by another as long, which no writer of ours would write. */
const renamed =
  (before: string, name: string) =>
  async (sandbox: Sandbox): Promise<void> => {
    await bundle({ files: { [before]: 'x' } })(sandbox)
    const tar = gunzipSync(readFileSync(sandbox.path(BUNDLE)))
    const at = tar.indexOf(`${before}\0`)
    if (at === -1 || before.length !== name.length) throw new Error(before)
    tar.write(name, at, 'latin1')
    tar.write('        ', at + 148, 'latin1')
    const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0)
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
    writeFileSync(sandbox.path(BUNDLE), gzipSync(tar))
  }

export const BUNDLES: readonly BadInput[] = [
  {
    what: 'a bundle without a target',
    command: 'build',
    exit: 2,
    says: ['--target is missing'],
    hint: '--target claude',
  },
  {
    what: 'a bundle for a platform that the schema does not know',
    command: 'build --target windsurf',
    exit: 2,
    says: ["No bundle can be built for 'windsurf'"],
    hint: 'claude-code, cursor, copilot, codex, universal',
  },
  {
    what: 'a bundle of a package in which something is wrong',
    prepare: text('app/skills/app/SKILL.md', '# no frontmatter\n'),
    command: 'build --target cursor',
    exit: 1,
    says: ['skills/app/SKILL.md'],
  },
  {
    what: 'a bundle of what the platform takes nothing of',
    prepare: (sandbox: Sandbox) => {
      sandbox.clear('app/skills')
      return sandbox.write('app/agents/app.md', '---\nname: app\ndescription: Helps.\n---\n\nYou help.\n')
    },
    command: 'build --target universal',
    exit: 1,
    says: ['takes nothing of app@1.0.0'],
  },
  { what: 'a bundle that is not there', command: 'install no.bundle.aam', exit: 1, says: ['no.bundle.aam'] },
  {
    what: 'a bundle that is a folder',
    prepare: instead(BUNDLE, folder),
    command: 'install kit.bundle.aam',
    exit: 1,
    says: [BUNDLE],
  },
  {
    what: 'a bundle that is garbage',
    prepare: text(BUNDLE, 'garbage'.repeat(99)),
    command: 'install kit.bundle.aam',
    exit: 1,
    says: ['kit.bundle.aam is not a valid .aam archive'],
  },
  {
    what: 'a bundle larger than any archive may be',
    prepare: (sandbox: Sandbox) => {
      writeFileSync(sandbox.path(BUNDLE), '')
      truncateSync(sandbox.path(BUNDLE), LIMITS.packed + 1)
    },
    command: 'install kit.bundle.aam',
    exit: 1,
    says: ['kit.bundle.aam is too large'],
  },
  {
    what: 'a package that calls itself a bundle',
    prepare: bytes(BUNDLE, packSpec(parseSpec('git-utils 1.0.0'))),
    command: 'install kit.bundle.aam',
    exit: 1,
    says: ['it has no bundle.json'],
  },
  {
    what: 'a bundle to publish',
    prepare: bundle({}),
    command: 'publish kit.bundle.aam',
    exit: 2,
    says: ['is a bundle, and registries take packages'],
  },
  ...['--frozen', '--save-exact', '--optional', '--strict-peers', '--force', '--platform cursor', '--registry x'].map(
    (words): BadInput => ({
      what: `a bundle and ${words}`,
      prepare: bundle({}),
      command: `install kit.bundle.aam ${words}`,
      exit: 2,
      says: [`${words.split(' ')[0] ?? ''} says nothing about a bundle`],
    }),
  ),
  {
    what: 'a bundle and a package at once',
    prepare: bundle({}),
    command: 'install git-utils kit.bundle.aam',
    exit: 2,
    says: ['A bundle is installed alone'],
  },
  {
    what: 'a bundle of the project itself',
    prepare: async (sandbox: Sandbox) =>
      buildRich(sandbox, BUNDLE, { name: 'app', version: '1.0.0', target: 'cursor', ...FULL }),
    command: 'install kit.bundle.aam',
    exit: 1,
    says: ['app cannot come from a bundle here: it is this project itself'],
  },
  {
    what: 'a bundle with a wrong checksum',
    ...hostile({ files: { 'source/x': 'x' }, sealed: false }, ['its checksum is']),
  },
  { what: 'a bundle of another format', ...hostile({ says: { format: 'zip' } }, ['has the format "zip"']) },
  { what: 'a bundle of a later version', ...hostile({ says: { version: '2.0' } }, ['version "2.0"', 'reads "1.0"']) },
  { what: 'a bundle for an unknown platform', ...hostile({ says: { target: 'vim' } }, ['the platform "vim"']) },
  {
    what: 'a bundle for one platform that says another',
    ...hostile({ says: { target: 'cursor' } }, ['it lacks files/.agents/']),
  },
  { what: 'a bundle with more in bundle.json', ...hostile({ says: { postinstall: 'sh' } }, ['a field "postinstall"']) },
  { what: 'a bundle.json that is not JSON', ...hostile({ files: { 'bundle.json': '{' } }, ['is not a JSON object']) },
  {
    what: 'a bundle without its package',
    ...hostile({ files: { 'package.agent.json': null } }, ['it has no package.agent']),
  },
  { what: 'a bundle that lists what is not in it', ...hostile({ says: lists('files/no') }, ['it lists files/no']) },
  { what: 'a bundle that lists what is elsewhere', ...hostile({ says: lists('../../x') }, ['it lists ../../x']) },
  { what: 'a bundle that lists less than it has', ...hostile({ says: lists('source') }, ['bundle.json is not what']) },
  {
    what: 'a bundle of another version than its package',
    ...hostile({ says: { package_version: '1.0.1' } }, []),
    says: ['@team/kit@1.0.1', 'says it is @team/kit@1.0.0'],
    hint: '',
  },
  {
    what: 'a bundle of another name than its package',
    ...hostile({ says: { package: 'kit' } }, []),
    says: ['kit@1.0.0', 'says it is @team/kit@1.0.0'],
    hint: '',
  },
  {
    what: 'a bundle without the scripts it runs',
    ...hostile({ files: { 'source/hooks/scripts/check.sh': null } }, ['files/.aam/run']),
  },
  {
    what: 'a bundle with a compiled skill of another text',
    ...hostile({ files: { 'files/.claude/skills/lint/SKILL.md': 'x' } }, ['SKILL.md is not what']),
  },
  {
    what: 'a bundle with a skill that its package has not',
    ...hostile({ files: { 'files/.claude/skills/x/SKILL.md': 'x' } }, ['skills/x/SKILL.md is nothing']),
  },
  ...[
    '.bashrc',
    '.aam/config.yaml',
    '.aam/approvals.json',
    '.github/workflows/ci.yml',
    'package.json',
    '.vscode/tasks.json',
  ].map((path): BadInput => ({
    what: `a bundle with ${path}`,
    ...hostile({ files: { [`files/${path}`]: 'evil' } }, [`files/${path} is nothing that its package has`]),
  })),
  ...['../../.bashrc', '/etc/passwd', '.git/config', '.claude/settings.local.json', '.vscode/settings.json'].map(
    (path): BadInput => ({
      what: `a bundle with a part of ${path}`,
      ...hostile({ files: { 'parts/mcp.json': part(path) } }, ['parts/mcp.json is not what this version of aam makes']),
    }),
  ),
  {
    what: 'a bundle with a file outside',
    prepare: renamed('files/aa/x', 'files/../x'),
    command: 'install kit.bundle.aam',
    exit: 1,
    says: ["'files/../x' leaves the package"],
  },
  {
    what: 'a bundle with a Git hook',
    prepare: renamed('files/agit/hooks/pre-commit', 'files/.git/hooks/pre-commit'),
    command: 'install kit.bundle.aam',
    exit: 1,
    says: ["'files/.git/hooks/pre-commit' is inside .git"],
  },
  {
    what: 'a kept bundle under the name of another package',
    prepare: async (sandbox: Sandbox) => {
      await bundle({})(sandbox)
      folder(sandbox.path('app/.aam/bundles'))
      copyFileSync(sandbox.path(BUNDLE), sandbox.path('app/.aam/bundles/other.bundle.aam'))
    },
    command: 'deploy',
    exit: 1,
    says: ['.aam/bundles/other.bundle.aam', 'it is of the package @team/kit'],
  },
]

export const LOCKS: readonly BadInput[] = [
  {
    what: 'a lock that is not JSON',
    prepare: after('install', text(LOCK, '{\n  "lockVersion": 2,\n')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock:'],
    hint: 'version control',
  },
  {
    what: 'a lock that is empty',
    prepare: after('install', text(LOCK, '')),
    command: 'tree',
    exit: 1,
    says: ['package.agent.lock'],
    hint: 'version control',
  },
  {
    what: 'a lock that is a list',
    prepare: after('install', text(LOCK, '[]')),
    command: 'tree',
    exit: 1,
    says: ['package.agent.lock'],
  },
  {
    what: 'a lock of an unknown version',
    prepare: after('install', replace(LOCK, '"lockVersion": 2', '"lockVersion": 9')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock has lockVersion 9'],
  },
  {
    what: 'a lock without a version',
    prepare: after('install', text(LOCK, '{"resolved":{}}')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock has lockVersion none'],
  },
  {
    what: 'a lock with packages of the wrong type',
    prepare: after('install', text(LOCK, '{"lockVersion":2,"resolved":[]}')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock', 'resolved'],
  },
  {
    what: 'a lock with a version that is none',
    prepare: after('install', replace(LOCK, '"version": "1.0.1"\n    }', '"version": "one"\n    }')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock', 'resolved.git-utils.version'],
  },
  {
    what: 'a lock with an integrity that is none',
    prepare: after('install', replace(LOCK, '"integrity": "sha256-', '"integrity": "md5-')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock', 'resolved.git-utils.integrity'],
  },
  {
    what: 'a lock with the name ../x',
    prepare: after('install', replace(LOCK, '"git-utils": {', '"../x": {')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock', "'../x' is not a package name"],
  },
  {
    what: 'a lock with the name __proto__',
    prepare: after('install', replace(LOCK, '"git-utils": {', '"__proto__": {')),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock', "'__proto__' is not a package name"],
  },
  {
    what: 'a lock with conflict markers',
    prepare: after(
      'install',
      replace(
        LOCK,
        '  "lockVersion": 2,\n',
        '<<<<<<< ours\n  "lockVersion": 2,\n=======\n  "lockVersion": 3,\n>>>>>>> theirs\n',
      ),
    ),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock', 'conflict'],
  },
  {
    what: 'a lock nested ten thousand deep',
    prepare: after(
      'install',
      text(LOCK, `{"lockVersion":2,"resolved":{"git-utils":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`),
    ),
    command: 'install',
    exit: 1,
    says: ['package.agent.lock'],
  },
  {
    what: 'a lock that is a folder',
    prepare: instead(LOCK, folder),
    command: 'install',
    exit: 1,
    says: ['A folder is where a file should be', LOCK],
  },
  {
    what: 'a lock that is a link to itself',
    prepare: instead(LOCK, loop),
    command: 'install',
    exit: 1,
    says: [LOCK, 'in a circle'],
  },
  {
    what: 'a lock whose bytes the registry does not have',
    prepare: after('install', lostBytes),
    command: 'install --frozen',
    exit: 1,
    says: ['git-utils@1.0.1 is not what it should be'],
  },
]

function lostBytes(sandbox: Sandbox): void {
  sandbox.write(LOCK, sandbox.read(LOCK).replace(/sha256-[A-Za-z0-9+/]{43}=/, `sha256-${'A'.repeat(43)}=`))
}

const PLACES = ['app/.agent-packages', 'app/.aam', 'home/.aam', 'home/.aam/cache'] as const

export const PLACES_TAKEN: readonly BadInput[] = [
  {
    what: 'a file where .agent-packages should be',
    prepare: instead(PLACES[0], file),
    command: 'install',
    exit: 1,
    says: ['A file is where a folder should be', PLACES[0]],
  },
  {
    what: 'a dangling link where .agent-packages should be',
    prepare: instead(PLACES[0], dangling),
    command: 'install',
    exit: 1,
    says: [PLACES[0]],
  },
  {
    what: 'a link to itself where .agent-packages should be',
    prepare: instead(PLACES[0], loop),
    command: 'install',
    exit: 1,
    says: [PLACES[0]],
  },
  {
    what: 'a file where .aam should be',
    prepare: instead(PLACES[1], file),
    command: 'install',
    exit: 1,
    says: ['A file is where a folder should be', PLACES[1]],
  },
  {
    what: 'a dangling link where .aam should be',
    prepare: instead(PLACES[1], dangling),
    command: 'install',
    exit: 1,
    says: [PLACES[1]],
  },
  {
    what: 'a link to itself where .aam should be',
    prepare: instead(PLACES[1], loop),
    command: 'install',
    exit: 1,
    says: [PLACES[1]],
  },
  {
    what: 'a file where the project lock should be',
    prepare: instead('app/.aam', path => {
      folder(path)
      file(`${path}/lock`)
    }),
    command: 'install',
    exit: 1,
    says: ['app/.aam/lock'],
  },
  {
    what: 'a folder where the state should be',
    prepare: instead('app/.aam/state.json', folder),
    command: 'install',
    exit: 1,
    says: ['A folder is where a file should be', 'app/.aam/state.json'],
  },
  {
    what: 'a file where ~/.aam should be',
    prepare: instead(PLACES[2], file),
    command: 'install',
    exit: 1,
    says: ['No registry is configured'],
  },
  {
    what: 'a link to itself where ~/.aam should be',
    prepare: instead(PLACES[2], loop),
    command: 'install',
    exit: 1,
    says: [PLACES[2], 'in a circle'],
  },
  {
    what: 'a file where a package should be',
    prepare: instead('app/.agent-packages', path => {
      folder(path)
      file(`${path}/git-utils`)
    }),
    command: 'why git-utils',
    exit: 1,
    says: ['package.agent.lock'],
  },
]

/** These stop whoever opens them, so a process of their own meets them. */
export const FIFOS: readonly BadInput[] = [
  {
    what: 'a manifest that is a pipe',
    prepare: instead(MANIFEST, fifo),
    command: 'install',
    exit: 1,
    says: [MANIFEST, 'Not a file'],
  },
  {
    what: 'a lock that is a pipe',
    prepare: instead(LOCK, fifo),
    command: 'install',
    exit: 1,
    says: [LOCK, 'Not a file'],
  },
  {
    what: 'a configuration that is a pipe',
    prepare: instead('home/.aam/config.yaml', fifo),
    command: 'install',
    exit: 1,
    says: ['home/.aam/config.yaml', 'Not a file'],
  },
  {
    what: 'metadata.yaml that is a pipe',
    prepare: instead(METADATA, fifo),
    command: 'install',
    exit: 1,
    says: [METADATA, 'Not a file'],
  },
  {
    what: 'an archive that is a pipe',
    prepare: instead(ARCHIVE, fifo),
    command: 'install',
    exit: 1,
    says: [ARCHIVE, 'Not a file'],
  },
  {
    what: 'an archive to publish that is a pipe',
    prepare: instead('app/x.aam', fifo),
    command: 'publish x.aam',
    exit: 1,
    says: ['x.aam', 'Not a file'],
  },
]
