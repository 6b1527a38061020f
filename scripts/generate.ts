/** Writes what is derived from the code: the JSON Schemas and docs/errors.md. `--check` only says whether they are current. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { failures } from '@aam/core'
import { lockJsonSchema, manifestJsonSchema } from '@aam/core/schemas'
import { COMMANDS } from '../packages/cli/src/commands/index.ts'
import { parseCommandLine } from '../packages/cli/src/command.ts'

const root = new URL('..', import.meta.url)

function errorsPage(): string {
  const rows = Object.entries(failures).map(
    ([code, { exit, http }]) => `| \`${code}\` | ${String(exit)} | ${String(http)} |`,
  )
  return `# Errors

Made by \`npm run generate\` from the table in \`packages/core/src/failures.ts\`.

A failure prints \`Error: \` and what happened to what, then, where there is something to do, a line \`hint: \`. With \`--json\`
it is \`{"error": {"code", "message", "hint", "facts"}}\` on stdout. Scripts should look at the code, never at the words.

Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. The HTTP status is what a registry server will answer.

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

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`
const files: Readonly<Record<string, string>> = {
  'packages/cli/schemas/package.agent.schema.json': json(manifestJsonSchema()),
  'packages/cli/schemas/package.agent.lock.schema.json': json(lockJsonSchema()),
  'docs/errors.md': errorsPage(),
  'docs/commands.md': await commandsPage(),
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
