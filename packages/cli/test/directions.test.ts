/** The rules about who may import whom must bite: forbidden imports, put into a copy of the tree, are all found. */
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

type Checked = { readonly modules: number; readonly violations: readonly string[] }
const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
let copy: string
let before: Checked
let after: Checked

const FORBIDDEN: readonly (readonly [file: string, line: string, rule: string])[] = [
  ['core/src/name.ts', "import 'node:fs'", 'no-io-in-core-and-platforms'],
  ['core/src/tag.ts', "import 'commander'", 'their-libraries-are-pure'],
  ['core/src/plan.ts', "import '../../archive/src/digest.ts'", 'core-knows-nobody'],
  ['platforms/src/place.ts', "import '../../archive/src/digest.ts'", 'platforms-know-core'],
  ['platforms/src/paths.ts', "import 'node:path'", 'no-io-in-core-and-platforms'],
  ['archive/src/digest.ts', "import '../../client/src/registry.ts'", 'archive-knows-core'],
  ['client/src/registry.ts', "import '../../cli/src/world.ts'", 'client-knows-core-and-archive'],
  ['server/src/config.ts', "import '../../platforms/src/place.ts'", 'server-knows-core-archive-and-client'],
  ['server/src/store/audit.ts', "import '../actions/deps.ts'", 'server-edges-decide-nothing'],
  ['server/src/actions/tags.ts', "import '../http/route.ts'", 'server-actions-know-no-http'],
  ['cli/src/world.ts', "import '../../testkit/src/sandbox.ts'", 'cli-knows-the-rest'],
  ['cli/src/actions/tree.ts', "import '../text/tree.ts'", 'actions-do-not-print'],
  ['cli/src/disk/state.ts', "import '../actions/check.ts'", 'disk-decides-nothing'],
  ['cli/src/text/view.ts', "import '../commands/tree.ts'", 'text-runs-nothing'],
  ['cli/src/actions/info.ts', "import '../../../core/src/name.ts'", 'through-the-front-door'],
  ['core/src/version.ts', "import './range.ts'", 'no-cycles'],
  ['core/src/lock.ts', "import './no-such-file.ts'", 'nothing-unresolved'],
]

beforeAll(async () => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'aam-directions-')))
  cpSync(join(ROOT, 'packages'), join(copy, 'packages'), {
    recursive: true,
    filter: source => !/\/(?:node_modules|dist|test)(?:\/|$)/.test(source.slice(ROOT.length)),
  })
  for (const file of ['package.json', 'tsconfig.json', 'tsconfig.base.json']) cpSync(join(ROOT, file), join(copy, file))
  linkModules()
  const { checkDirections } = await import('../../../scripts/check-directions.mjs')
  before = await checkDirections(copy)
  for (const [file, line] of FORBIDDEN) appendFileSync(join(copy, 'packages', file), `\n${line}\n`)
  after = await checkDirections(copy)
}, 60_000)

afterAll(() => {
  rmSync(copy, { recursive: true, force: true })
})

/** The copy's own packages, and real copies of the libraries: a link would lead out of the tree that is looked at. */
function linkModules(): void {
  const modules = join(copy, 'node_modules')
  mkdirSync(join(modules, '@aam'), { recursive: true })
  for (const name of ['core', 'platforms', 'archive', 'client', 'server', 'testkit']) {
    symlinkSync(join(copy, 'packages', name), join(modules, '@aam', name))
  }
  symlinkSync(join(copy, 'packages', 'cli'), join(modules, 'aam'))
  for (const name of [
    'zod',
    'fastify',
    'kysely',
    'pino',
    'prom-client',
    '@fastify/busboy',
    '@photostructure/sqlite',
    'yaml',
    'semver',
    'jsonc-parser',
    'picomatch',
    'smol-toml',
    'commander',
    'diff',
    '@clack',
    '@types',
  ]) {
    cpSync(join(ROOT, 'node_modules', name), join(modules, name), { recursive: true })
  }
}

test('the tree as it is keeps every rule, and is really looked at', () => {
  expect(before.violations).toEqual([])
  expect(before.modules).toBeGreaterThan(60)
})

test.each(FORBIDDEN)('in %s the line %s breaks the rule %s', (file, _, rule) => {
  expect(
    after.violations.filter(violation => violation.startsWith(`${rule}: `) && violation.includes(`packages/${file}`)),
  ).not.toEqual([])
})
