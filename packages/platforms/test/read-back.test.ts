/**
 * What is deployed says the same to the parsers of the platforms, which are not those that it is written with: js-yaml and
 * @iarna/toml are Gemini CLI's, and strict JSON is what most read.
 */
import { parse as parseIarna } from '@iarna/toml'
import { EMPTY_LEDGER, PLATFORMS } from '@aam/platforms'
import { load } from 'js-yaml'
import { type ParseError, parse as parseJsonc, stripComments } from 'jsonc-parser'
import { parse as parseSmol } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { applied, planFor, unitsFor, userDisk } from './deployed.ts'
import { readMarkdown } from './read-back.ts'
import { textOf } from './sample.ts'

/** Whose own reader takes comments and commas before a bracket. */
const LOOSE = /^\.vscode\/|opencode\.json$/

const CASES = PLATFORMS.flatMap(platform =>
  (['project', 'user'] as const).map(level => [platform.id, level, platform] as const),
)

describe.each(CASES)('%s, %s level', (_, level, platform) => {
  const before = userDisk(level)
  const { steps } = planFor(before, { units: unitsFor(platform, level), known: EMPTY_LEDGER })
  const texts = [...applied(before, steps)]
    .filter(([path, { data }]) => steps.some(step => step.path === path) && !data.includes(0))
    .map(([path, { data }]) => [path, textOf(data)] as const)
  const ending = (pattern: RegExp): (readonly [string, string])[] => texts.filter(([path]) => pattern.test(path))

  it('has frontmatter that js-yaml reads alike', () => {
    // Cursor and Windsurf have lines in theirs that are no YAML.
    const documents = ending(/\.md$/).filter(([, text]) => text.startsWith('---\n') && !/^globs: /m.test(text))
    expect(documents.length).toBeGreaterThan(0)
    for (const [path, text] of documents) {
      const yaml = text.slice('---\n'.length, text.indexOf('\n---\n'))
      expect({ path, fields: load(yaml) }).toEqual({ path, fields: readMarkdown(text).fields })
    }
  })

  it('has TOML that @iarna/toml reads alike', () => {
    for (const [path, written] of ending(/\.toml$/)) {
      // It takes no carriage return behind a comment, which TOML allows.
      const text = written.replaceAll('\r\n', '\n')
      expect({ path, table: plain(parseIarna(text)) }).toEqual({ path, table: plain(parseSmol(text)) })
    }
  })

  it('has JSON as strict as its reader is', () => {
    for (const [path, text] of ending(/\.json$/)) {
      const errors: ParseError[] = []
      const value: unknown = parseJsonc(text, errors, { allowTrailingComma: LOOSE.test(path) })
      expect({ path, errors }).toEqual({ path, errors: [] })
      if (LOOSE.test(path)) continue
      expect({ path, value: JSON.parse(stripComments(text)) as unknown }).toEqual({ path, value })
      if (!path.startsWith('.gemini/')) expect(() => JSON.parse(text) as unknown, path).not.toThrow()
    }
  })
})

/** Without the classes that parsers give to what they read. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown
}
