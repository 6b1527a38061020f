/** Writes what is derived from the code: the JSON Schemas and some pages of docs/. `--check` only says whether they are current. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failures } from '@aam/core'
import { lockJsonSchema, manifestJsonSchema } from '@aam/core/schemas'
import { SERVER_SETTINGS } from '@aam/server'
import { COMMANDS } from '../packages/cli/src/commands/index.ts'
import { parseCommandLine } from '../packages/cli/src/command.ts'
import { SETTINGS, SETTING_KEYS, variableOf } from '../packages/cli/src/disk/settings.ts'
import { listRoutes } from '../packages/server/src/app.ts'
import { createMetrics } from '../packages/server/src/http/metrics.ts'
import type { HttpDeps } from '../packages/server/src/http/route.ts'

const root = new URL('..', import.meta.url)
const HTTP_PAGE = 'docs/http-api.md'
const BEGIN = '<!-- made by `npm run generate` from the routes -->'
const END = '<!-- end -->'

function errorsPage(): string {
  const rows = Object.entries(failures).map(
    ([code, { exit, http }]) =>
      `| \`${code}\` | ${String(exit)} | ${typeof http === 'number' ? String(http) : '409, 410'} |`,
  )
  return `# Errors

Made by \`npm run generate\` from the table in \`packages/core/src/failures.ts\`.

A failure prints \`Error: \` and what happened to what, then, where there is something to do, a line \`hint: \`. With \`--json\`
it is \`{"error": {"code", "message", "hint", "facts"}}\` on stdout. Scripts should look at the code, never at the words.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. The HTTP status is what a registry server answers.

| code | exit | HTTP |
|---|---|---|
${rows.join('\n')}
`
}

async function commandsPage(): Promise<string> {
  const pages: string[] = []
  for (const [name, entry] of COMMANDS) {
    const parsed = parseCommandLine(name, await entry.load(), ['--help'])
    const aliases =
      entry.aliases === undefined ? '' : `\nAlso: ${entry.aliases.map(alias => `\`${alias}\``).join(', ')}.\n`
    pages.push(`## aam ${name}\n${aliases}\n\`\`\`\n${parsed.kind === 'help' ? parsed.text.trimEnd() : ''}\n\`\`\``)
  }
  return `# Commands

Made by \`npm run generate\` from the commands themselves. Every command can also be written with \`pkg\` in front:
\`aam pkg publish\` is \`aam publish\`.

${pages.join('\n\n')}
`
}

function configurationPage(): string {
  const rows = SETTING_KEYS.map(key => {
    const { takes, help, layers, fallback, variable, flag } = SETTINGS[key]
    const names = [...(variable === undefined ? [] : [variable]), ...(layers === 'by name' ? [] : [variableOf(key)])]
    const other = [...names.map(name => `\`${name}\``), ...(flag === undefined ? [] : [`\`${flag}\``])]
    return `| \`${key}\` | ${takes} | ${help} | ${fallback} | ${other.join(', ')} |`
  })
  const adding = SETTING_KEYS.filter(key => SETTINGS[key].layers === 'add up').map(key => `\`${key}\``)
  return `# Configuration

Made by \`npm run generate\` from the table in \`packages/cli/src/disk/settings.ts\`.

Settings are read from \`~/.aam/config.yaml\`, then \`.aam/config.yaml\` in the project, then the environment, then flags.
Later ones win, except policies, which add up: see below. Relative paths are relative to the file they stand in.

    aam config list                                  # what counts here, and where each value comes from
    aam config get default_tag
    aam config set registries.default ./registry     # your own file; --project for the project's
    aam config unset default_tag

| setting | takes | meaning | when nobody sets it | also |
|---|---|---|---|---|
${rows.join('\n')}

The project's file counts before there is a manifest, too. Lists stand in YAML as lists, and in variables and on the command line with commas: \`stable,bank-approved\`. An unknown setting
or \`AAM_\` variable draws a warning with the name that was probably meant; an unknown rule inside a policy, and what is nearly
the name of one, is an error, because it must not look as if it were obeyed.

## Several registries

\`\`\`yaml
registries:
  default: https://registry.example.com
  sources:
    - { name: team, url: ../team-registry, scopes: ["@team"] }
    - { name: mirror, url: /mnt/mirror }
default_tag: stable
\`\`\`

- A source whose \`scopes\` have the name is asked alone: a private name is never asked for anywhere else.
- Other names are asked for at the default registry, then at the sources in order; the first that has the *name* wins, and
  versions of two registries are never merged. Sources of the project come before yours; of two with one name the
  project's counts.
- Only "not found" passes on to the next. A registry that is away or broken is an error.
- A locked package stays with the registry its lock names, as long as that is configured; \`--registry\` or a scope moves it,
  and the output says so.
- \`--registry\` takes the place of the default for one run of \`install\`, \`update\`, \`outdated\` and \`check\`; commands about one
  package (\`info\`, \`publish\`, \`dist-tag\` …) then ask exactly that one.
- \`publish\` goes to the source that has the scope, else to the default.

A registry is a folder ([registries.md](registries.md)) or a server ([server.md](server.md)).
A \`token\` belongs into a variable: \`token: "\${TEAM_TOKEN}"\`; one written out in a project's file draws a warning.

## Policies

\`install_policy\` (or, the same, \`governance.install_policy\`) says what may be installed. Rules from your file, the project's
and the environment all hold: ${adding.join(', ')}. Allow-lists intersect, block-lists and requirements unite, and nobody weakens a
rule that somebody else has set; two different \`install_policy.tag\` are an error.

\`\`\`yaml
install_policy:
  tag: bank-approved            # what a bare name means
  require_tag: true             # or the one tag it must be
  allowed_tags: [stable, bank-approved]
  allowed_scopes: ["@team"]
  blocked_packages: ["@bad/*"]
  applies_to: direct            # or all
\`\`\`

| rule | binds | what happens |
|---|---|---|
| \`require_tag\` | direct dependencies; with \`applies_to: all\` also what they need, whenever something is resolved | \`aam install name@1.2.0\` and ranges are refused. A dependency in the manifest passes by the tag it was chosen by (\`x-aam.tags\`, or the lock); one without is resolved through the default tag |
| \`allowed_tags\` | the same | other tags are refused, also as the default tag. Versions and ranges are refused by \`require_tag\` only |
| \`allowed_scopes\` | every package in the tree | names outside, and names without a scope, are refused |
| \`blocked_packages\` | every package in the tree | refused, and never asked for; where an older version does without it, that is taken; an optional dependency is left out |

In patterns \`*\` stands for any characters but \`/\`, and alone for every name.

Each error names the rule and the file or variable that set it. Also a lock that fits is held against the policy, and an
install that has nothing to do notices a policy that was added since: what the lock has and the policy forbids is resolved
again, with \`--frozen\` it is an error. Neither \`resolutions\` nor a range that was changed by hand get around a required tag. Where a tag points today does not matter to a lock
that fits; \`aam check\` says what a tag has left.

## Environment

| variable | |
|---|---|
| \`AAM_HOME\` | replaces \`~/.aam\` |
| \`AAM_TOKEN\` | the token for the default registry, or the one that \`--registry\` names; \`AAM_TOKEN_TEAM\` for a source called \`team\` |
| \`AAM_PASSWORD\`, \`AAM_NEW_PASSWORD\` | for \`aam login\`, \`aam register\` and \`aam user password\` in scripts |
| \`NO_COLOR\`, \`CI\`, \`TERM=dumb\` | no colour; the last two also no redrawn lines and no questions |
| \`SOURCE_DATE_EPOCH\` | the time of the entries in archives that \`aam pack\` builds, in seconds since 1970 |

Where everything lies on disk: [files.md](files.md).
`
}

/** A page with the table of settings between its two marks, and otherwise as it is. */
function withServerSettings(page: string): string {
  const rows = Object.entries(SERVER_SETTINGS).map(
    ([name, { takes, help, fallback }]) => `| \`${name}\` | ${takes} | ${help} | ${fallback} |`,
  )
  const table = `| variable | takes | meaning | when nobody sets it |\n|---|---|---|---|\n${rows.join('\n')}`
  return page.replace(/(<!-- settings -->\n)[^]*?(\n?<!-- end of settings -->)/, (_, start: string) => {
    return `${start}\n${table}\n\n<!-- end of settings -->`
  })
}

/** The page is written by hand; the table of routes in it is made from the routes. */
function httpPage(): string {
  // No route is run, so that nothing of what they work with is looked at.
  const routes = listRoutes({} as HttpDeps, { metrics: createMetrics(), isDraining: () => false })
  const rows = routes.map(({ method, path, summary, who, answers }) => {
    const shown = path.replaceAll(/:(\w+)/g, (_, word: string) => word.toUpperCase())
    const codes = answers.map(([status]) => String(status)).join(', ')
    return `| \`${method} ${shown}\` | ${summary} | ${who} | ${codes} |`
  })
  const table = ['| address | | for | answers |', '|---|---|---|---|', ...rows].join('\n')
  const page = readCurrent(HTTP_PAGE) ?? ''
  return `${page.slice(0, page.indexOf(BEGIN))}${BEGIN}\n\n${table}\n\n${page.slice(page.indexOf(END))}`
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
const files: Readonly<Record<string, string>> = {
  'packages/cli/schemas/package.agent.schema.json': json(manifestJsonSchema()),
  'packages/cli/schemas/package.agent.lock.schema.json': json(lockJsonSchema()),
  'docs/errors.md': errorsPage(),
  'docs/commands.md': await commandsPage(),
  'docs/configuration.md': configurationPage(),
  'docs/server.md': withServerSettings(readCurrent('docs/server.md') ?? ''),
  [HTTP_PAGE]: httpPage(),
}

const stale = Object.entries(files).filter(([path, text]) => readCurrent(path) !== text)
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is not current: run npm run generate`)
  if (stale.length > 0) process.exit(1)
} else {
  for (const [path, text] of stale) {
    const file = fileURLToPath(new URL(path, root))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`wrote ${path}`)
  }
}

function readCurrent(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, root), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
