/** Commands, agents, rules and skills of other tools in the form of a package. */
import { describe, expect, test } from 'vitest'
import { readFrontmatter } from '@aam/core/authoring'
import {
  type SourceId,
  importAgent,
  importCommand,
  importPluginRoot,
  importRule,
  importSkill,
  saysNothingNew,
  writeDocument,
} from '@aam/platforms'

describe('commands', () => {
  const variables = (text: string, source: SourceId = 'claude'): unknown =>
    importCommand(source, 'fix', text).document.fields['variables']
  const body = (text: string, source: SourceId = 'claude'): string =>
    importCommand(source, 'fix', text).document.body.trim()

  test.each<readonly [what: string, source: SourceId, text: string, body: string, names: readonly string[]]>([
    ['all arguments', 'claude', 'Fix $ARGUMENTS now', 'Fix {{arguments}} now', ['arguments']],
    ['all arguments in braces', 'plugin', 'Fix ${ARGUMENTS}', 'Fix {{arguments}}', ['arguments']],
    [
      'named arguments',
      'claude',
      '---\narguments: [issue, branch]\n---\nFix $issue on $branch, not $issues',
      'Fix {{issue}} on {{branch}}, not $issues',
      ['issue', 'branch'],
    ],
    ['names in words', 'claude', '---\narguments: pr area\n---\n$pr $area', '{{pr}} {{area}}', ['pr', 'area']],
    ['positions', 'claude', 'From $1 to $2', 'From {{arg1}} to {{arg2}}', ['arg1', 'arg2']],
    [
      'positions with a hint',
      'claude',
      '---\nargument-hint: [pr-number] [priority]\n---\n#$1 is $2',
      '#{{pr-number}} is {{priority}}',
      ['pr-number', 'priority'],
    ],
    [
      'positions of declared names',
      'claude',
      '---\narguments: [a, b]\n---\n$ARGUMENTS[0] $ARGUMENTS[1]',
      '{{a}} {{b}}',
      ['a', 'b'],
    ],
    ['money', 'claude', 'It costs $5, or $1,000', 'It costs $5, or $1,000', []],
    [
      'inputs of Copilot',
      'github',
      'Write ${input:kind:unit or integration} tests for ${input:file} and ${input:kind}',
      'Write {{kind}} tests for {{file}} and {{kind}}',
      ['kind', 'file'],
    ],
    ['dollars of other tools', 'cursor', 'Fix $ARGUMENTS', 'Fix $ARGUMENTS', []],
  ])('%s become variables', (...[, source, text, expected, names]) => {
    expect(body(text, source)).toBe(expected)
    const found = (variables(text, source) ?? []) as { name: string }[]
    expect(found.map(({ name }) => name)).toEqual(names)
  })

  test('a hint is what all arguments are described by', () => {
    expect(variables('---\nargument-hint: "[file] what to do"\n---\n$ARGUMENTS')).toEqual([
      { name: 'arguments', description: '[file] what to do', required: false },
    ])
  })

  test('other fields stay, and what has none gets a name and a description', () => {
    const { document } = importCommand('claude', 'Fix It', '---\nallowed-tools: Bash(git add:*)\n---\n# Fix it all\n')
    expect(document.fields).toMatchObject({
      name: 'fix-it',
      description: 'Fix it all',
      'allowed-tools': 'Bash(git add:*)',
    })
  })

  test.each<[text: string, source: SourceId, note: string]>([
    ['Status: !`git status`', 'claude', 'only Claude runs'],
    ['Look at ${selection}', 'github', 'only VS Code fills in ${selection}'],
    ['Write {{ title }}', 'cursor', 'its text has {{ title }}'],
    ['---\nname: My Prompt\n---\nDo', 'github', "its name 'My Prompt' became fix"],
  ])('%s is worth a note', (text, source, note) => {
    expect(importCommand(source, 'fix', text).notes.join('\n')).toContain(note)
  })
})

describe('rules', () => {
  test.each<[source: SourceId, front: string, apply: object]>([
    ['claude', 'paths: ["src/**/*.ts", "lib/**"]', { mode: 'files', globs: ['src/**/*.ts', 'lib/**'] }],
    ['claude', 'paths: src/**/*.{ts,tsx}, lib/*', { mode: 'files', globs: ['src/**/*.{ts,tsx}', 'lib/*'] }],
    ['claude', 'description: d', { mode: 'always' }],
    ['cursor', 'description: d\nglobs: **/*.ts\nalwaysApply: false', { mode: 'files', globs: ['**/*.ts'] }],
    ['cursor', 'globs: *.ts,*.tsx\nalwaysApply: false', { mode: 'files', globs: ['*.ts', '*.tsx'] }],
    ['cursor', 'description: d\nglobs:\nalwaysApply: true', { mode: 'always' }],
    ['cursor', 'description: when to use\nglobs:\nalwaysApply: false', { mode: 'intelligent' }],
    ['cursor', 'description:\nglobs:\nalwaysApply: false', { mode: 'manual' }],
    ['github', "applyTo: '**/*.py,**/*.pyi'", { mode: 'files', globs: ['**/*.py', '**/*.pyi'] }],
    ['github', 'applyTo: "**"', { mode: 'always' }],
    ['github', 'description: d', { mode: 'intelligent' }],
    ['windsurf', 'trigger: always_on', { mode: 'always' }],
    ['windsurf', 'trigger: glob\nglobs: src/*.go', { mode: 'files', globs: ['src/*.go'] }],
    ['windsurf', 'trigger: model_decision\ndescription: d', { mode: 'intelligent' }],
    ['agents', 'trigger: manual', { mode: 'manual' }],
  ])('%s: %s', (source, front, apply) => {
    const { document } = importRule(source, 'ts', `---\n${front}\n---\n\n# Types\n`)
    expect(document.fields['apply']).toEqual(apply)
    expect(Object.keys(document.fields).sort()).toEqual(['apply', 'description', 'name'])
  })

  test('one without frontmatter applies always in Claude, and by hand in Copilot', () => {
    expect(importRule('claude', 'a', '# A').document.fields['apply']).toEqual({ mode: 'always' })
    expect(importRule('github', 'a', '# A').document.fields['apply']).toEqual({ mode: 'manual' })
  })
})

describe('agents', () => {
  test('a description that is not YAML is read all the same, and written so that it is', () => {
    const text =
      '---\nname: reviewer\ndescription: Use it after changes. Examples: <example>user: "done"</example>\ntools: Read, Grep\nmodel: sonnet\n---\nYou review.\n'
    const { name, document } = importAgent('reviewer', text)
    expect({ name, ...document.fields }).toEqual({
      name: 'reviewer',
      description: 'Use it after changes. Examples: <example>user: "done"</example>',
      tools: 'Read, Grep',
      model: 'sonnet',
    })
    const written = readFrontmatter(writeDocument(document), 'x')
    expect(written).toMatchObject({ problems: [], fields: document.fields, body: '\nYou review.\n' })
  })

  test('servers and hooks in it are left out, because they may hold secrets', () => {
    const { document, notes } = importAgent('a', '---\nmcp-servers:\n  x: { command: y }\nhooks: {}\n---\nDo')
    expect(Object.keys(document.fields)).toEqual(['name', 'description'])
    expect(notes).toHaveLength(2)
  })
})

describe('skills', () => {
  const fine = '---\nname: review\ndescription: >\n  Reviews\nlicense: MIT # ours\n---\n\n# Review\n'

  test('one that is fine keeps every byte', () => {
    expect(importSkill('other', fine)).toEqual({ name: 'review', text: fine, notes: [] })
  })

  test.each([
    ['a name that is none', fine.replace('review', 'My Review'), 'name: pdf'],
    ['no name', fine.replace('name: review\n', ''), 'name: pdf'],
    ['no description', '---\nname: pdf\n---\n\nReads PDF.\n', 'description: Reads PDF.'],
    ['no frontmatter', '# Reads PDF\n', 'description: Reads PDF'],
    ['frontmatter that is not YAML', '---\nname: pdf\ndescription: Use: now\n---\nx', 'description: "Use: now"'],
  ])('%s is mended', (_, text, line) => {
    const skill = importSkill('pdf', text)
    expect(skill.name).toBe('pdf')
    expect(skill.text).toContain(line)
    expect(readFrontmatter(skill.text, 'x')).toMatchObject({ problems: [], fields: { name: 'pdf' } })
    if (text.includes('# ours')) expect(skill.text).toContain('license: MIT # ours')
  })

  test('what a plugin names by its root is relative inside the skill', () => {
    const text = 'Run ${CLAUDE_PLUGIN_ROOT}/skills/pdf/scripts/x.py and $CLAUDE_PLUGIN_ROOT/lib/y.sh.'
    expect(importPluginRoot(text, 'skills/pdf')).toEqual({
      text: 'Run scripts/x.py and ${PACKAGE_ROOT}/lib/y.sh.',
      files: ['lib/y.sh'],
    })
  })
})

test.each<[first: object, second: object, same: boolean]>([
  [{ a: 1 }, { a: 1 }, true],
  [{ a: 1, b: 2 }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ description: 'Said' }, { description: 'Text' }, true],
  [{ description: 'Said' }, { description: 'Other' }, false],
])('%j says what %j says: %s', (first, second, same) => {
  const document = (fields: object) => ({ fields: fields as Record<string, unknown>, body: '# Text\n' })
  expect(saysNothingNew(document(first), document(second))).toBe(same)
})
