import { advisePermissions } from '@aam/core'
import { adviseManifest } from '@aam/core/authoring'
import { type Permissions, decodeManifest } from '@aam/core/manifest'
import { describe, expect, it, test } from 'vitest'

/** The warnings for a manifest of these fields, as `field@line`; the first of `more` is on line 6. */
function advice(more: object): string[] {
  const base = { name: 'a', version: '1.0.0', description: 'x', permissions: {} }
  const text = JSON.stringify({ ...base, ...more }, undefined, 2)
  return adviseManifest(decodeManifest(text, 'package.agent.json')).map(({ severity, field, line }) => {
    expect(severity).toBe('warning')
    return `${field ?? ''}@${String(line)}`
  })
}

describe('permissions a reviewer should know of (UAAPS 16, 17)', () => {
  test.each<readonly [string, Permissions | undefined, readonly string[]]>([
    ['none declared', undefined, ['permissions']],
    ['an empty declaration', {}, []],
    ['shell without binaries', { shell: { allow: true } }, ['permissions.shell']],
    ['shell with an empty list', { shell: { allow: true, binaries: [] } }, ['permissions.shell']],
    ['shell with binaries', { shell: { allow: true, binaries: ['git'] } }, []],
    ['no shell', { shell: { allow: false } }, []],
    ['writing everywhere', { fs: { write: ['**'] } }, ['permissions.fs.write']],
    ['writing in .', { fs: { write: ['.'] } }, ['permissions.fs.write']],
    ['writing in a folder', { fs: { write: ['dist/*'] } }, []],
    ['reading everywhere', { fs: { read: ['**'] } }, []],
    ['every host', { network: { hosts: ['*'] } }, ['permissions.network.hosts']],
    ['one wildcard label', { network: { hosts: ['*.example.com'] } }, []],
    ['http', { network: { schemes: ['https', 'http'] } }, ['permissions.network.schemes']],
    ['https', { network: { schemes: ['https', 'wss'] } }, []],
    [
      'all of it',
      { fs: { write: ['**'] }, network: { hosts: ['*'], schemes: ['http'] }, shell: { allow: true } },
      ['permissions.shell', 'permissions.fs.write', 'permissions.network.hosts', 'permissions.network.schemes'],
    ],
  ])('%s', (_, permissions, fields) => {
    const warnings = advisePermissions(permissions)
    expect(warnings.map(({ field }) => field)).toEqual(fields)
    expect(warnings.every(({ severity }) => severity === 'warning')).toBe(true)
  })
})

describe('what to tell the author of a manifest (UAAPS 16, D8)', () => {
  const vendors = (count: number): object =>
    Object.fromEntries(
      ['aam', 'claude', 'cursor', 'copilot', 'codex', 'gemini'].slice(0, count).map(id => [`x-${id}`, {}]),
    )

  test.each<readonly [string, object, readonly string[]]>([
    ['nothing', {}, []],
    ['no description', { description: undefined }, ['description@1']],
    ['ranges other tools do not read', { dependencies: { b: '1.x', c: '^1.0.0' } }, ['dependencies.b@7']],
    ['a comma', { peerDependencies: { b: '>=1.0.0,<2.0.0' } }, ['peerDependencies.b@7']],
    [
      'a grant of unrestricted shell',
      { dependencies: { b: '*' }, permissionGrants: { b: { shell: { allow: true } } } },
      ['permissionGrants.b@10'],
    ],
    [
      'a grant of one binary',
      { dependencies: { b: '*' }, permissionGrants: { b: { shell: { allow: true, binaries: ['git'] } } } },
      [],
    ],
    ['an unregistered vendor', { 'x-acme': {} }, ['x-acme@6']],
    ['five vendors', vendors(5), []],
    ['more than five vendors', vendors(6), ['@1']],
    [
      'optional and required at once',
      { dependencies: { b: '*' }, optionalDependencies: { b: '*' } },
      ['optionalDependencies.b@10'],
    ],
  ])('%s', (_, more, expected) => {
    expect(advice(more)).toEqual(expected)
  })

  it('permission warnings stand at their line', () => {
    expect(advice({ permissions: { shell: { allow: true } } })).toEqual(['permissions.shell@6'])
    expect(advice({ permissions: undefined })).toEqual(['permissions@1'])
  })
  it.each(['dependencyGroups', 'extras'])('ranges of %s are looked at too', field => {
    expect(advice({ [field]: { dev: { dependencies: { b: '1.x' } } } })).toEqual([`${field}.dev.dependencies.b@9`])
  })
})
