import type { Server } from '@aam/platforms'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { codexServers } from '../src/servers/codex.ts'
import { copilotServers } from '../src/servers/copilot.ts'
import { claudeServers, cursorServers, geminiServers, opencodeServers, windsurfServers } from '../src/servers/json.ts'
import { type Part, type Syntax, parseValue, renderValue } from '../src/servers/values.ts'
import { ALL, contextOf, filesFrom } from './run-context.ts'

const NEUTRAL: Syntax = {
  env: name => `\${${name}}`,
  envOr: (name, fallback) => `\${${name}:-${fallback}}`,
  input: id => `\${input:${id}}`,
  root: '${PACKAGE_ROOT}',
}
const never = (): never => {
  throw new Error('something was lost')
}

describe('parsing', () => {
  test.each<readonly [string, readonly Part[]]>([
    ['', []],
    ['plain $HOME {x} $', [{ kind: 'text', text: 'plain $HOME {x} $' }]],
    ['${A}', [{ kind: 'env', name: 'A', fallback: undefined }]],
    ['${env:A}', [{ kind: 'env', name: 'A', fallback: undefined }]],
    ['${A:-}', [{ kind: 'env', name: 'A', fallback: '' }]],
    ['${A:-b c}', [{ kind: 'env', name: 'A', fallback: 'b c' }]],
    ['${PACKAGE_ROOT}/x', [{ kind: 'root' }, { kind: 'text', text: '/x' }]],
    [
      'Bearer ${input:my token}',
      [
        { kind: 'text', text: 'Bearer ' },
        { kind: 'input', id: 'my token' },
      ],
    ],
    ['${1A} ${} ${A', [{ kind: 'text', text: '${1A} ${} ${A' }]],
    ['${PACKAGE_ROOTS}', [{ kind: 'env', name: 'PACKAGE_ROOTS', fallback: undefined }]],
  ])('%s', (value, parts) => {
    expect(parseValue(value)).toEqual(parts)
  })

  const name = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,5}$/)
  const part: fc.Arbitrary<Part> = fc.oneof(
    fc
      .string({ minLength: 1 })
      .filter(text => !/[${]/.test(text))
      .map(text => ({ kind: 'text', text }) as const),
    fc.record({
      kind: fc.constant('env' as const),
      name,
      fallback: fc.option(fc.stringMatching(/^[^{}]{0,5}$/), { nil: undefined }),
    }),
    fc.record({ kind: fc.constant('input' as const), id: fc.stringMatching(/^[a-z][a-z-]{0,5}$/) }),
    fc.constant({ kind: 'root' } as const),
  )
  const apart = (parts: readonly Part[]): Part[] =>
    parts.filter((one, index) => one.kind !== 'text' || parts[index - 1]?.kind !== 'text')

  it('undoes rendering', () => {
    fc.assert(
      fc.property(fc.array(part).map(apart), parts => {
        expect(parseValue(renderValue(parts, NEUTRAL, never))).toEqual(parts)
      }),
    )
  })
  it('loses nothing of any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('$', '{', '}', 'A', ':-', 'input:', 'PACKAGE_ROOT', ' ', '"')), pieces => {
        const value = pieces.join('')
        expect(renderValue(parseValue(value), NEUTRAL, never)).toBe(value)
      }),
    )
  })
})

describe('no value of the environment is ever written', () => {
  const place = [
    claudeServers,
    cursorServers,
    copilotServers,
    codexServers,
    geminiServers,
    opencodeServers,
    windsurfServers,
  ]
  it('only its name is, wherever it is used', () => {
    process.env['AAM_TEST_SECRET'] = 'the-secret-itself'
    const unverified = ALL
    const value = '${AAM_TEST_SECRET}'
    const servers: Server[] = [
      {
        name: 'a',
        type: 'stdio',
        command: 'c',
        args: [],
        env: { AAM_TEST_SECRET: value },
        envFile: undefined,
        cwd: undefined,
      },
      { name: 'b', type: 'http', url: 'https://x', headers: { Authorization: `Bearer ${value}`, X: value } },
    ]
    for (const places of place) {
      for (const level of ['project', 'user'] as const) {
        const written = JSON.stringify(filesFrom(places[level](servers, [], contextOf({ level, unverified }))))
        expect(written).toContain('AAM_TEST_SECRET')
        expect(written).not.toContain('the-secret-itself')
      }
    }
    delete process.env['AAM_TEST_SECRET']
  })
})
