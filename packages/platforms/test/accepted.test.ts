/** Every file of the sample is what its platform accepts: names, keys and types of what it reads. */
import { parse as parseToml } from 'smol-toml'
import { parse as parseYaml } from 'yaml'
import { describe, expect, it } from 'vitest'
import { PLATFORMS, placePackage } from '../src/index.ts'
import { readBareGlobs, readMarkdown } from './read-back.ts'
import { atProject, atUser, sample, textOf } from './sample.ts'

type Check = (text: string, path: string) => void

/** Keys that may be there with the type they must have; `!` are those that must be there. */
const keys = (
  types: Record<string, 'string' | 'string!' | 'boolean' | 'boolean!' | 'number' | 'list' | 'switches'>,
) => {
  return (fields: Record<string, unknown>): void => {
    for (const [key, value] of Object.entries(fields)) {
      const type = types[key]?.replace('!', '')
      expect(type, key).toBeDefined()
      if (type === 'list') expect((value as unknown[]).every(item => typeof item === 'string')).toBe(true)
      else if (type === 'switches') {
        expect(Object.values(value as object).every(item => typeof item === 'boolean')).toBe(true)
      } else expect(typeof value, key).toBe(type)
    }
    for (const key of Object.keys(types).filter(name => types[name]!.endsWith('!'))) expect(fields).toHaveProperty(key)
  }
}

const markdown =
  (check: ReturnType<typeof keys>): Check =>
  text => {
    const { fields, body } = readMarkdown(text)
    check(fields)
    expect(body.trim()).not.toBe('')
  }

const skill: Check = (text, path) => {
  const { fields } = readMarkdown(text)
  const folder = path.split('/').at(-2)!
  expect(fields['name']).toBe(folder)
  expect(folder).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
  expect(folder.length).toBeLessThanOrEqual(64)
  expect(fields['description']).toBeTypeOf('string')
  expect((fields['description'] as string).length).toBeGreaterThan(0)
  if ('compatibility' in fields) expect((fields['compatibility'] as string).length).toBeLessThanOrEqual(500)
  for (const value of Object.values(fields['metadata'] ?? {})) expect(value).toBeTypeOf('string')
}

const CHECKS: readonly (readonly [RegExp, Check])[] = [
  [/\/skills\/[^/]+\/SKILL\.md$/, skill],
  [
    /\/skills\/[^/]+\/agents\/openai\.yaml$/,
    text => {
      expect(parseYaml(text)).toEqual({ policy: { allow_implicit_invocation: false } })
    },
  ],
  [/\/skills\/[^/]+\/(?:assets|scripts)\//, () => undefined],
  [
    /\.claude\}?\/commands\/[a-z-]+\.md$/,
    markdown(
      keys({
        description: 'string',
        'allowed-tools': 'string',
        model: 'string',
        'argument-hint': 'string',
        arguments: 'list',
      }),
    ),
  ],
  [
    /\.claude\}?\/agents\/[a-z-]+\.md$/,
    markdown(
      keys({
        name: 'string!',
        description: 'string!',
        tools: 'string',
        model: 'string',
        color: 'string',
        skills: 'list',
      }),
    ),
  ],
  [/\.claude\}?\/rules\/[a-z-]+(?:\.context)?\.md$/, markdown(keys({ paths: 'list' }))],
  [/\.cursor\/commands\/[a-z-]+\.md$/, markdown(keys({ description: 'string' }))],
  [
    /\.cursor\/agents\/[a-z-]+\.md$/,
    markdown(keys({ name: 'string!', description: 'string!', model: 'string', readonly: 'boolean' })),
  ],
  [
    /\.cursor\/rules\/[a-z-]+\.mdc$/,
    text => {
      const { fields } = readBareGlobs(text)
      keys({ description: 'string', globs: 'string', alwaysApply: 'boolean!' })(fields)
      if ('globs' in fields) expect(fields['globs']).not.toMatch(/["' {}[\]]/)
    },
  ],
  [/\.(?:github|copilot)\/prompts\/[a-z-]+\.prompt\.md$/, markdown(keys({ description: 'string', model: 'string' }))],
  [
    /\.(?:github|copilot)\/agents\/[a-z-]+\.agent\.md$/,
    markdown(keys({ name: 'string!', description: 'string!', tools: 'list', model: 'string' })),
  ],
  [
    /\.(?:github|copilot)\/instructions\/[a-z-]+\.instructions\.md$/,
    markdown(keys({ description: 'string', applyTo: 'string' })),
  ],
  [
    /\.codex\}?\/agents\/[a-z-]+\.toml$/,
    (text, path) => {
      const fields = parseToml(text)
      keys({ name: 'string!', description: 'string!', developer_instructions: 'string!', model: 'string' })(fields)
      expect(path.endsWith(`/${fields['name'] as string}.toml`)).toBe(true)
    },
  ],
  [
    /\.gemini\/commands\/[a-z-]+\.toml$/,
    text => {
      keys({ description: 'string', prompt: 'string!' })(parseToml(text))
    },
  ],
  [/(?:\.opencode|\/opencode)\/commands\/[a-z-]+\.md$/, markdown(keys({ description: 'string', model: 'string' }))],
  [
    /(?:\.opencode|\/opencode)\/agents\/[a-z-]+\.md$/,
    text => {
      const { fields } = readMarkdown(text)
      keys({
        description: 'string!',
        mode: 'string!',
        model: 'string',
        temperature: 'number',
        color: 'string',
        tools: 'switches',
      })(fields)
      expect(fields['mode']).toBe('subagent')
      if ('model' in fields) expect(fields['model']).toMatch(/^[^/]+\/.+$/)
      if ('color' in fields) expect(fields['color']).toMatch(/^#[0-9a-f]{6}$/)
    },
  ],
  [/\.windsurf\/workflows\/[a-z-]+\.md$/, markdown(keys({ description: 'string' }))],
  [
    /\.windsurf\/rules\/[a-z-]+\.md$/,
    text => {
      const { fields } = readBareGlobs(text)
      keys({ trigger: 'string!', description: 'string', globs: 'string' })(fields)
      expect(['always_on', 'glob', 'model_decision', 'manual']).toContain(fields['trigger'])
      expect('globs' in fields).toBe(fields['trigger'] === 'glob')
    },
  ],
]

describe.each(PLATFORMS.map(platform => [platform.id, platform] as const))('%s', (_, platform) => {
  it.each([atProject, atUser])('accepts what is written at $level level', context => {
    const { units } = placePackage(platform, sample, context)
    expect(units.length).toBeGreaterThan(0)
    for (const unit of units) {
      if (unit.form === 'block') {
        expect(unit.text).toBe(unit.text.trim())
        expect(unit.file).toMatch(/\.md$/)
      }
      if (unit.form !== 'files') continue
      for (const file of unit.files) {
        expect(file.path === unit.root || file.path.startsWith(`${unit.root}/`)).toBe(true)
        const check = CHECKS.find(([pattern]) => pattern.test(file.path))?.[1]
        expect(check, file.path).toBeDefined()
        check?.(file.data.includes(0) ? '' : textOf(file.data), file.path)
      }
    }
  })

  it('has signals that show it alone', () => {
    const signals = [...platform.signals, ...platform.userSignals]
    expect(signals.filter(signal => signal.startsWith('.agents'))).toEqual([])
    const others = PLATFORMS.filter(other => other.id !== platform.id).flatMap(other => other.signals)
    expect(platform.signals.filter(signal => others.includes(signal))).toEqual([])
  })
})
