/** A package with something of every kind that the adapters of this package convert. */
import type { Artifacts, Command, Rule, Variable } from '../src/artifacts.ts'
import type { NamedPackage, PlaceContext, Unit } from '../src/index.ts'

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
export const textOf = (data: Uint8Array): string => new TextDecoder('utf-8', { fatal: true }).decode(data)

export const variable = (name: string, about: Partial<Variable> = {}): Variable => ({
  name,
  description: undefined,
  required: false,
  choices: [],
  fallback: undefined,
  ...about,
})

export const command = (
  name: string,
  about: Partial<Command> & { fields?: Record<string, unknown>; body: string },
): Command => ({
  name,
  description: undefined,
  variables: [],
  document: { fields: { name, ...about.fields }, body: about.body },
  ...about,
})

export const rule = (name: string, about: Partial<Rule>): Rule => ({
  name,
  description: undefined,
  mode: 'always',
  globs: [],
  body: `Text of ${name}.\n`,
  ...about,
})

const PLAIN_SKILL = `---
name: small-commits
description: How to cut a change into commits
license: Apache-2.0   # a comment that a rewrite would lose
---

# Small commits
`

export const artifacts: Artifacts = {
  skills: [
    {
      name: 'pdf-tools',
      document: {
        fields: {
          name: 'pdf-tools',
          description: 'Extracts text and tables from PDF files: use it when a PDF is named',
          compatibility: { requires: ['python>=3.10', 'pypdf'], packages: ['small-commits'] },
          metadata: { author: 'team', version: 1.5 },
          'allowed-tools': 'Read Bash',
        },
        body: '\n# PDF tools\n\nRun scripts/extract.py.\n',
      },
      files: [
        { path: 'scripts/extract.py', data: utf8('#!/usr/bin/env python3\nprint("text")\n'), executable: true },
        { path: 'assets/logo.bin', data: new Uint8Array([0, 255, 128]), executable: false },
      ],
    },
    {
      name: 'small-commits',
      document: {
        fields: { name: 'small-commits', description: 'How to cut a change into commits', license: 'Apache-2.0' },
        body: '\n# Small commits\n',
        raw: PLAIN_SKILL,
      },
      files: [],
    },
  ],
  commands: [
    command('audit', {
      description: 'Document one finding: what, where, how bad',
      variables: [
        variable('control_id', { description: 'Control identifier', required: true }),
        variable('severity', { description: 'How bad', required: true, choices: ['high', 'low'], fallback: 'low' }),
        variable('evidence', { description: 'What was seen' }),
      ],
      fields: { 'allowed-tools': 'Read, Grep', model: 'sonnet', owner: 'security' },
      body: '\n# Finding {{control_id}}\n\nSeverity: {{severity}}, see {{other}}.\n\n{{evidence}}\n',
    }),
    command('changes', {
      description: 'What changed against a branch',
      variables: [variable('base', { description: 'The branch', fallback: 'origin/HEAD' })],
      body: 'Compare with {{base}}, that is {{ base }}.\n',
    }),
    command('tidy', { body: '\nTidy up; costs {{nothing}} and $5.\n' }),
  ],
  agents: [
    {
      name: 'auditor',
      description: 'Reads code and "reports": changes nothing',
      prompt: 'You read code.\n\n---\n\nYou report.',
      tools: ['Read', 'Grep', 'Glob'],
      model: 'anthropic/claude-sonnet-4-5',
      skills: ['pdf-tools'],
      fields: { name: 'auditor', color: 'purple' },
    },
    {
      name: 'release-manager',
      description: 'Prepares a release',
      prompt: 'You prepare releases.\n',
      tools: ['file_read', 'file_write', 'Bash(git log:*)', 'mcp__github__search'],
      model: 'sonnet',
      skills: [],
      fields: { name: 'release-manager', color: '#aabbcc', parameters: { temperature: 0.3 } },
    },
    {
      name: 'talker',
      description: undefined,
      prompt: 'You talk.',
      tools: [],
      model: undefined,
      skills: [],
      fields: { name: 'talker' },
    },
  ],
  rules: [
    rule('basics', { description: 'What always holds' }),
    rule('by-hand', { mode: 'manual', description: 'Only when asked' }),
    rule('migrations', { mode: 'intelligent', description: 'When tables change: how to migrate' }),
    rule('typescript', { mode: 'files', globs: ['src/**/*.{ts,tsx}', '*.d.ts'], description: 'Style of TypeScript' }),
  ],
  hooks: [],
  servers: [],
  inputs: [],
  context: '# About this team\n\nWe write tests first.\n',
  runFiles: [],
}

/** The sample under names that D47 would give to some of it. */
export const sample: NamedPackage = {
  package: '@team/review',
  folder: 'team--review',
  artifacts,
  nameOf: (_, name) => (name === 'pdf-tools' ? 'team-review-pdf-tools' : name),
}

export const atProject: PlaceContext = { level: 'project', root: '.agent-packages/team--review', unverified: new Set() }
export const atUser: PlaceContext = { level: 'user', root: '/home/me/.aam/run/team--review', unverified: new Set() }

/** Units as people read them: each path, then what is there. */
export function showUnits(units: readonly Unit[]): string {
  const parts = units.flatMap(unit => {
    const label = `${unit.kind} ${unit.name}`
    switch (unit.form) {
      case 'files':
        return unit.files.map(file => {
          const isText = !file.data.includes(0)
          const what = isText ? textOf(file.data) : `${String(file.data.length)} bytes\n`
          return `===== ${file.path}${file.executable ? ' (executable)' : ''}  [${label}]\n${what}`
        })
      case 'block':
        return [`===== ${unit.file}, part  [${label}]\n${unit.text}\n`]
      case 'json':
        return [
          `===== ${unit.file}, ${[...unit.at, unit.key ?? '+'].join('.')}  [${label}]\n${JSON.stringify(unit.value)}\n`,
        ]
    }
  })
  return parts.join('\n')
}
