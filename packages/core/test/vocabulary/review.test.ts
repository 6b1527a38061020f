import {
  type PackageFile,
  compareFiles,
  comparePermissions,
  compareRequirements,
  listExecutables,
  permissionLines,
} from '@aam/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const file = (path: string, text = '', executable = false): PackageFile => ({
  path,
  executable,
  data: new TextEncoder().encode(text),
})

describe('permissions', () => {
  test('each thing that is allowed is a line', () => {
    const before = { fs: { read: ['**'] }, shell: { allow: false } }
    const after = {
      fs: { read: ['**'], write: ['src/**', 'docs/**'] },
      network: { hosts: ['api.example.com'] },
      shell: { allow: true, binaries: ['git'] },
    }
    expect(comparePermissions(before, after)).toEqual({
      added: [
        'fs.write: docs/**',
        'fs.write: src/**',
        'network.hosts: api.example.com',
        'shell.allow: true',
        'shell.binaries: git',
      ],
      removed: ['shell.allow: false'],
    })
  })

  test('none at all is nothing, on either side', () => {
    expect(comparePermissions(undefined, null)).toEqual({ added: [], removed: [] })
    expect(comparePermissions({ shell: { allow: true } }, undefined).removed).toEqual(['shell.allow: true'])
  })

  test('the order of keys and lists makes no difference', () => {
    const before = { fs: { read: ['a', 'b'] }, shell: { allow: true } }
    expect(comparePermissions(before, { shell: { allow: true }, fs: { read: ['b', 'a', 'a'] } })).toEqual({
      added: [],
      removed: [],
    })
  })

  test.each([
    ['everything', ['permissions: everything']],
    [true, ['permissions: true']],
    [['fs'], ['permissions: fs']],
    [{ fs: 'all' }, ['fs: all']],
    [{ shell: { binaries: [] } }, ['shell.binaries: none']],
    [{ fs: { read: [{ path: 'x' }] } }, ['fs.read.[].path: x']],
    [{ fs: { read: [null, undefined] } }, []],
    [{ shell: { binaries: ['git\u001b[2K\nfs.read: x'] } }, ['shell.binaries: git\ufffd[2K\ufffdfs.read: x']],
    [JSON.parse('{"__proto__": {"allow": true}}'), ['__proto__.allow: true']],
  ])('what has another form is shown as it is: %j', (value, lines) => {
    expect(permissionLines(value)).toEqual(lines)
  })

  test('no nesting is too deep', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as unknown
    expect(permissionLines(deep)).toEqual(['a.a.a.a.a.a.a.a: …'])
  })

  test('whatever is written can be compared, and with itself it has not changed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(comparePermissions(value, value)).toEqual({ added: [], removed: [] })
      }),
    )
  })
})

test('requirements of every kind are lines too, and nothing else of a manifest', () => {
  const before = { version: '1.0.0', dependencies: { lint: '^1.0.0', rules: '*' } }
  const after = { version: '2.0.0', dependencies: { lint: '^2.0.0', rules: '*' }, systemDependencies: { node: '>=20' } }
  expect(compareRequirements(before, after)).toEqual({
    added: ['dependencies.lint: ^2.0.0', 'systemDependencies.node: >=20'],
    removed: ['dependencies.lint: ^1.0.0'],
  })
})

describe('executables', () => {
  test('are files with the bit, and whatever lies where things are run from', () => {
    const files = [
      file('skills/a/SKILL.md'),
      file('skills/a/scripts/run.py'),
      file('tools/lint', '', true),
      file('mcp/servers.json'),
      file('hooks/hooks.json'),
      file('docs/hooks/about.md'),
      file('scripts.md'),
      file('scripts/x'),
    ]
    expect(listExecutables(files)).toEqual([
      'hooks/hooks.json',
      'mcp/servers.json',
      'scripts/x',
      'skills/a/scripts/run.py',
      'tools/lint',
    ])
  })
})

describe('files', () => {
  test('are added, removed and changed, sorted by path', () => {
    const before = [file('z', 'same'), file('b', 'old'), file('gone', '12345'), file('tool', 'x')]
    const after = [file('new', '123'), file('tool', 'x', true), file('b', 'newer'), file('z', 'same')]
    expect(compareFiles(before, after)).toEqual({
      added: [{ path: 'new', size: 3 }],
      removed: [{ path: 'gone', size: 5 }],
      changed: [
        { path: 'b', from: { size: 3, executable: false }, to: { size: 5, executable: false } },
        { path: 'tool', from: { size: 1, executable: false }, to: { size: 1, executable: true } },
      ],
    })
  })

  test('one byte of the same length is a change', () => {
    expect(compareFiles([file('a', 'abc')], [file('a', 'abd')]).changed).toHaveLength(1)
  })
})
