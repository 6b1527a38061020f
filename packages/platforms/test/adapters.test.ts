/** What an agent would do wrong with a field that says something else: of the package in rich/, one fact in each line. */
import { PLATFORMS, type Level, placePackage } from '@aam/platforms'
import { describe, expect, test } from 'vitest'
import { readBareGlobs } from './read-back.ts'
import { rich, richContext } from './rich.ts'
import { textOf } from './sample.ts'

const placed = (id: string, level: Level): ReturnType<typeof placePackage> =>
  placePackage(
    PLATFORMS.find(platform => platform.id === id)!,
    rich,
    richContext(level, []),
  )

const fieldsAt = (id: string, path: string): Record<string, unknown> => {
  const files = placed(id, 'project').units.flatMap(unit => (unit.form === 'files' ? unit.files : []))
  return readBareGlobs(textOf(files.find(file => file.path === path)!.data)).fields
}

describe('fields', () => {
  test.each<readonly [string, string, Record<string, unknown>]>([
    ['claude', '.claude/agents/auditor.md', { tools: 'Read, Grep, Glob' }],
    ['cursor', '.cursor/rules/basics.mdc', { description: 'What always holds', alwaysApply: true }],
    ['cursor', '.cursor/rules/by-hand.mdc', { alwaysApply: false }],
    ['copilot', '.github/instructions/basics.instructions.md', { description: 'What always holds', applyTo: '**' }],
    [
      'copilot',
      '.github/instructions/documents.instructions.md',
      { description: 'Documents are short', applyTo: 'docs/**,**/*.md' },
    ],
    ['copilot', '.github/instructions/by-hand.instructions.md', { description: 'Only when asked' }],
    ['windsurf', '.windsurf/rules/by-hand.md', { trigger: 'manual', description: 'Only when asked' }],
    [
      'windsurf',
      '.windsurf/rules/migrations.md',
      { trigger: 'model_decision', description: 'When tables change: how to migrate' },
    ],
  ])('%s: %s', (id, path, fields) => {
    const found = fieldsAt(id, path)
    expect('tools' in fields ? { tools: found['tools'] } : found).toEqual(fields)
  })
  test('an agent that only reads changes nothing in Cursor, and one that writes may', () => {
    expect(fieldsAt('cursor', '.cursor/agents/auditor.md')).toMatchObject({ readonly: true })
    expect(fieldsAt('cursor', '.cursor/agents/release-manager.md')).not.toHaveProperty('readonly')
  })
  test('an agent of OpenCode has the tools that it is given and no others', () => {
    const { tools } = fieldsAt('opencode', '.opencode/agents/auditor.md') as { tools: Record<string, boolean> }
    expect(Object.keys(tools).filter(tool => tools[tool])).toEqual(['glob', 'grep', 'read'])
    expect(Object.keys(tools)).toEqual(expect.arrayContaining(['bash', 'edit', 'patch', 'webfetch', 'write']))
  })
})

describe('what is lost is said', () => {
  test.each([
    { id: 'copilot', kind: 'rules', name: 'by-hand', says: /always on in Copilot CLI/ },
    { id: 'copilot', kind: 'rules', name: 'migrations', says: /always on in Copilot CLI/ },
    { id: 'codex', kind: 'agents', name: 'auditor', says: /every tool there, not only Read, Grep, Glob/ },
    { id: 'codex', kind: 'agents', name: 'release-manager', says: /every tool there/ },
    { id: 'claude', kind: 'rules', name: 'by-hand', says: /left out/ },
    { id: 'gemini', kind: 'rules', name: 'by-hand', says: /left out/ },
  ])('$id: $kind $name', ({ id, kind, name, says }) => {
    const said = placed(id, 'project').warnings.filter(warning => warning.kind === kind && warning.name === name)
    expect(said.map(warning => warning.message).join('\n')).toMatch(says)
  })
})

describe("a user's own places", () => {
  test.each([
    ['claude', '{CLAUDE_CONFIG_DIR|.claude}/skills'],
    ['cursor', '.cursor/skills'],
    ['copilot', '.copilot/skills'],
    ['codex', '.agents/skills'],
    ['gemini', '.gemini/skills'],
    ['opencode', '{XDG_CONFIG_HOME|.config}/opencode/skills'],
    ['windsurf', '.codeium/windsurf/skills'],
    ['universal', '.agents/skills'],
  ])('%s has skills in %s', (id, folder) => {
    const skills = placed(id, 'user').units.filter(({ kind }) => kind === 'skills')
    expect(skills.map(unit => unit.form === 'files' && unit.root)).toEqual(
      ['team-review-pdf-tools', 'release-checks', 'small-commits'].map(name => `${folder}/${name}`),
    )
  })
  test.each([
    ['codex', '{CODEX_HOME|.codex}/AGENTS.md'],
    ['copilot', '.copilot/copilot-instructions.md'],
    ['gemini', '.gemini/GEMINI.md'],
    ['opencode', '{XDG_CONFIG_HOME|.config}/opencode/AGENTS.md'],
    ['windsurf', '.codeium/windsurf/memories/global_rules.md'],
  ])('%s reads %s', (id, file) => {
    const parts = placed(id, 'user').units.flatMap(unit =>
      unit.form === 'block' && unit.syntax === 'markdown' ? unit.file : [],
    )
    expect(new Set(parts)).toEqual(new Set([file]))
  })
})
