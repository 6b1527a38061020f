/** What holds for any text an author may write. */
import fc from 'fast-check'
import { parse as parseToml } from 'smol-toml'
import { describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { writeMarkdown } from '../src/frontmatter.ts'
import { PLATFORMS, type Unit, isSkillName, placePackage, toSkillName } from '../src/index.ts'
import { readBareGlobs, readMarkdown } from './read-back.ts'
import { artifacts, atProject, atUser, command, rule, sample, textOf, utf8, variable } from './sample.ts'

/** Pieces that break careless writers, and everything else. */
const nasty = fc.constantFrom(
  '---',
  '\n---\n',
  '"',
  "'",
  ': ',
  ' #',
  "'''",
  '"""',
  '\\',
  '\\n',
  '\r\n',
  '\t',
  '\u0085',
  '\u2028',
  '\ufeff',
  '\u0000',
  '\u007f',
  '😀',
  'é',
  '{{x}}',
  '$1',
  '$&',
  '`',
  '- ',
  '? ',
  '%',
  '@',
  '*a',
  '&a',
  '!t',
  '|',
  '>',
  'yes',
  'null',
  '~',
  '1e3',
  '[',
  '{',
  '}',
  ',',
)
const text = fc
  .array(
    fc.oneof({ weight: 2, arbitrary: nasty }, fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 8 })),
    { maxLength: 8 },
  )
  .map(parts => parts.join(''))
const filled = text.filter(value => value.trim() !== '')
const key = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/)

const fileAt = (units: readonly Unit[], pattern: RegExp): string => {
  const files = units.flatMap(unit => (unit.form === 'files' ? unit.files : []))
  return textOf(files.find(({ path }) => pattern.test(path))!.data)
}
const only = (part: Partial<typeof artifacts>) => ({
  ...sample,
  artifacts: { ...artifacts, skills: [], commands: [], agents: [], rules: [], context: undefined, ...part },
})
const platform = (id: string) => PLATFORMS.find(each => each.id === id)!

describe('frontmatter', () => {
  it('reads back as it was, values and body, whatever is in them', () => {
    const value = fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text, { minLength: 1, maxLength: 3 }))
    const fields = fc.dictionary(key, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true })
    fc.assert(
      fc.property(fields, text, (given, body) => {
        const written = writeMarkdown(given, body)
        expect(readMarkdown(written)).toEqual({ fields: given, body })
      }),
      { numRuns: 500 },
    )
  })

  it('holds each value on one line', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 60 }), parts => {
        const yaml = writeMarkdown({ description: parts.join(' \n words ') }, '').split(/\r\n|[\r\n\u0085\u2028\u2029]/)
        expect(yaml).toHaveLength(4)
      }),
    )
  })

  it('repeats a value that is there twice', () => {
    const shared = ['a']
    expect(writeMarkdown({ first: shared, second: shared }, '')).toBe('---\nfirst:\n  - a\nsecond:\n  - a\n---\n')
    expect(writeMarkdown({ x: 'word '.repeat(40) + 'end' }, '')).toBe(`---\nx: ${'word '.repeat(40)}end\n---\n`)
  })

  it('says the same to readers of YAML 1.1', () => {
    const word = fc.constantFrom(
      'yes',
      'No',
      'on',
      'OFF',
      'y',
      '0o7',
      '017',
      '1_000',
      '1:30',
      '2020-01-01',
      '~',
      '=',
      '<<',
    )
    fc.assert(
      fc.property(fc.oneof(word, text), description => {
        const yaml = writeMarkdown({ description }, '').slice('---\n'.length, -'---\n'.length)
        expect(parseYaml(yaml, { version: '1.1' })).toEqual({ description })
      }),
    )
  })

  it('is not found where none was written', () => {
    fc.assert(
      fc.property(text, rest => {
        const body = `---\n${rest}\n---\nText`
        expect(readMarkdown(writeMarkdown({}, body))).toEqual({ fields: {}, body: `\n${body}` })
      }),
    )
  })
})

describe('texts of authors', () => {
  it('reach Gemini and Codex through TOML as they are', () => {
    fc.assert(
      fc.property(filled, text, (description, body) => {
        const pkg = only({
          commands: [command('c', { description, body })],
          agents: [{ ...artifacts.agents[2]!, name: 'a', description, prompt: body }],
        })
        const gemini = parseToml(fileAt(placePackage(platform('gemini'), pkg, atProject).units, /c\.toml$/))
        expect(gemini).toEqual({ description, prompt: body })
        const codex = parseToml(fileAt(placePackage(platform('codex'), pkg, atProject).units, /a\.toml$/))
        expect(codex).toEqual({ name: 'a', description, developer_instructions: `${body.trimEnd()}\n` })
      }),
    )
  })

  it('leave a command without variables as it is, on every platform that has files for it', () => {
    fc.assert(
      fc.property(filled, filled, (description, body) => {
        const pkg = only({ commands: [command('c', { description, body })] })
        for (const id of ['claude', 'cursor', 'copilot', 'codex', 'opencode', 'windsurf']) {
          const written = fileAt(placePackage(platform(id), pkg, atProject).units, /c(?:\.prompt)?\.md$|SKILL\.md$/)
          expect(readMarkdown(written)).toMatchObject({ fields: { description }, body })
        }
      }),
    )
  })

  it('describe rules to Cursor and Windsurf without touching their globs', () => {
    const glob = fc.constantFrom('src/**/*.ts', '*.{js,jsx}', '**/[a-z]?/*.md', '!x/**', 'docs/a b/*.md')
    fc.assert(
      fc.property(filled, fc.array(glob, { minLength: 1, maxLength: 3 }), (description, globs) => {
        const pkg = only({ rules: [rule('r', { mode: 'files', description, globs })] })
        for (const id of ['cursor', 'windsurf']) {
          const written = readBareGlobs(fileAt(placePackage(platform(id), pkg, atProject).units, /\/r\.mdc?$/))
          expect(written.fields).toMatchObject({ description })
          expect(written.fields['globs']).toBe(globs.join(',').replaceAll('*.{js,jsx}', '*.js,*.jsx'))
          expect(written.body).toBe('Text of r.\n')
        }
      }),
    )
  })

  it('never end the placeholder of a variable of Copilot early', () => {
    fc.assert(
      fc.property(text, description => {
        const pkg = only({
          commands: [command('c', { variables: [variable('x', { description })], body: 'a {{x}} b' })],
        })
        const written = fileAt(placePackage(platform('copilot'), pkg, atProject).units, /c\.prompt\.md$/)
        expect(written).toMatch(/^a \$\{input:x(?::[^{}\n]*)?\} b$/)
      }),
    )
  })
})

describe('a skill', () => {
  it('has the same bytes on every platform and at every level', () => {
    const skill = fc.record({
      description: filled,
      compatibility: fc.oneof(
        text,
        fc.record({ requires: fc.array(text, { maxLength: 3 }), optional: fc.array(text, { maxLength: 3 }) }),
      ),
      metadata: fc.dictionary(key, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 3, noNullPrototype: true }),
      body: text,
      data: fc.uint8Array({ maxLength: 20 }),
    })
    fc.assert(
      fc.property(skill, ({ body, data, ...fields }) => {
        const files = [{ path: 'scripts/run.sh', data, executable: true }]
        const pkg = only({
          skills: [{ name: 'pdf-tools', document: { fields: { name: 'pdf-tools', ...fields }, body }, files }],
        })
        const found = PLATFORMS.flatMap(each => [atProject, atUser].map(level => placePackage(each, pkg, level).units))
          .flat()
          .flatMap(unit => (unit.form === 'files' ? [unit] : []))
        expect(found).toHaveLength(2 * PLATFORMS.length)
        const [first, ...rest] = found.map(unit =>
          unit.files.map(file => ({ ...file, path: file.path.slice(unit.root.length) })),
        )
        for (const other of rest) expect(other).toEqual(first)
        const main = readMarkdown(fileAt([found[0]!], /SKILL\.md$/))
        expect(main).toMatchObject({ body, fields: { name: 'team-review-pdf-tools', description: fields.description } })
        expect(((main.fields['compatibility'] ?? '') as string).length).toBeLessThanOrEqual(500)
        for (const value of Object.values(main.fields['metadata'] ?? {})) expect(value).toBeTypeOf('string')
      }),
      { numRuns: 60 },
    )
  })

  it('that nothing has to change in keeps its bytes', () => {
    fc.assert(
      fc.property(filled, text, (description, body) => {
        const raw = writeMarkdown({ name: 'same', description }, body).replace('name: same', 'name:   same # here')
        const document = { fields: { name: 'same', description }, body, raw }
        const pkg = only({ skills: [{ name: 'same', document, files: [] }] })
        const written = fileAt(placePackage(platform('claude'), pkg, atProject).units, /SKILL\.md$/)
        expect(utf8(written)).toEqual(utf8(raw))
      }),
    )
  })

  it('gets a name that agents take, and keeps one that they take', () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.stringMatching(/^[a-zA-Z0-9_-]{1,90}$/)), name => {
        const deployed = toSkillName(name)
        expect(deployed).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
        expect(deployed.length).toBeLessThanOrEqual(64)
        expect(toSkillName(deployed)).toBe(deployed)
        if (isSkillName(name)) expect(deployed).toBe(name)
      }),
    )
  })
})
