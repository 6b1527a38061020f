import type { Artifacts, Hook, Server } from '@aam/platforms'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gatherApprovalItems } from '../src/executables.ts'

const digest = (bytes: Uint8Array): string => `sha-${[...bytes].map(byte => byte.toString(16)).join('')}`
const NONE: Artifacts = {
  skills: [],
  commands: [],
  agents: [],
  rules: [],
  hooks: [],
  servers: [],
  inputs: [],
  context: undefined,
  runFiles: [],
}
const items = (given: Partial<Artifacts>): readonly { id: string; text: string }[] =>
  gatherApprovalItems({ ...NONE, ...given }, digest)
const lines = (given: Partial<Artifacts>): string[] => items(given).map(({ id, text }) => `${id}: ${text}`)
const run = (event: string, given: Partial<Hook> = {}): Hook => ({
  event,
  matcher: undefined,
  action: { type: 'command', command: 'a b' },
  timeout: undefined,
  ...given,
})
const file = (path: string, text: string, executable = false): Artifacts['runFiles'][number] => ({
  path,
  executable,
  data: new TextEncoder().encode(text),
})

describe('what people read', () => {
  it('says what runs, and when', () => {
    expect(
      lines({
        hooks: [
          run('pre-tool-use', { matcher: 'Bash', timeout: 30 }),
          run('pre-tool-use', { matcher: 'Bash' }),
          run('post-tool-use', { matcher: 'Write|Edit' }),
          run('stop', { action: { type: 'prompt', prompt: 'Done?' } }),
          run('exploded', { matcher: 'x y' }),
          run('permission-request'),
        ],
        servers: [
          {
            name: 'github',
            type: 'stdio',
            command: 'npx',
            args: ['-y', 'a b'],
            env: { B: '${B}', A: '1' },
            envFile: '.env',
            cwd: 'srv',
          },
          { name: 'web', type: 'sse', url: 'https://x/y', headers: { Authorization: 'Bearer ${T}' } },
        ],
        inputs: [{ id: 'token', description: 'A token', password: true }],
        runFiles: [file('hooks/a.sh', 'ab', true), file('hooks/b', '')],
      }),
    ).toEqual([
      'file hooks/a.sh: executable, 2 bytes, sha-6162',
      'file hooks/b: may be read or run, 0 bytes, sha-',
      'hook exploded "x y" #1: runs "a b" on the event "exploded" like "x y"',
      'hook permission-request * #1: runs "a b" when permission is asked for each tool',
      'hook post-tool-use Write|Edit #1: runs "a b" after each tool like "Write|Edit"',
      'hook pre-tool-use Bash #1: runs "a b" before each Bash, for 30 seconds at most',
      'hook pre-tool-use Bash #2: runs "a b" before each Bash',
      'hook stop * #1: asks the model "Done?" when the agent stops',
      'input token: asks for "A token", hidden while typed',
      'server github: starts npx -y "a b"; in srv; variables A=1 B=${B}; variables of .env',
      'server web: contacts https://x/y (sse); headers Authorization="Bearer ${T}"',
    ])
  })
  it('shows what cannot be seen', () => {
    const [line] = lines({
      hooks: [run('stop\u001b[1m', { action: { type: 'command', command: 'a\nb\u202e\u200b\u3164\u{e0041}\u00a0' } })],
    })
    expect(line).toBe(
      'hook "stop\\u001b[1m" * #1: runs "a\\nb\\u{202e}\\u{200b}\\u{3164}\\u{e0041}\\u{a0}" on the event "stop\\u001b[1m"',
    )
  })
  it('is one printable line each, sorted, with ids of their own', () => {
    fc.assert(
      fc.property(artifacts(), given => {
        const found = items(given)
        expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
        expect(found.map(({ id }) => id)).toEqual([...found.map(({ id }) => id)].sort())
        for (const { id, text } of found) {
          expect(`${id}${text}`).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u)
        }
      }),
    )
  })
})

/** Few and nasty texts, so that two packages are often nearly the same. */
const text = fc
  .array(fc.constantFrom('a', 'b', ' ', '"', ';', '=', '\\', '\n', '\u202e', '; in a', ' in '), { maxLength: 3 })
  .map(pieces => pieces.join(''))
const values = fc.dictionary(
  text.filter(key => key !== '__proto__'),
  text,
  { maxKeys: 2, noNullPrototype: true },
)
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const hooks: fc.Arbitrary<Hook> = fc.record({
  event: fc.oneof(fc.constantFrom('stop', 'pre-tool-use'), text),
  matcher: maybe(fc.oneof(fc.constantFrom('tool', '*', 'any tool'), text)),
  action: fc.oneof(
    text.map(command => ({ type: 'command', command }) as const),
    text.map(prompt => ({ type: 'prompt', prompt }) as const),
  ),
  timeout: maybe(fc.constantFrom(1, 2)),
})
const servers: fc.Arbitrary<Server> = fc.oneof(
  fc.record({
    name: fc.constant('s'),
    type: fc.constant('stdio' as const),
    command: text,
    args: fc.array(text, { maxLength: 3 }),
    env: values,
    envFile: maybe(text),
    cwd: maybe(text),
  }),
  fc.record({
    name: fc.constant('s'),
    type: fc.constantFrom('http' as const, 'sse' as const),
    url: text,
    headers: values,
  }),
)
const runFile = fc.record({
  path: text.map(path => `hooks/${path}`),
  executable: fc.boolean(),
  data: fc.uint8Array({ maxLength: 2 }),
})
function artifacts(): fc.Arbitrary<Pick<Artifacts, 'hooks' | 'servers' | 'inputs' | 'runFiles'>> {
  return fc.record({
    hooks: fc.array(hooks, { maxLength: 3 }),
    servers: fc.array(servers, { maxLength: 1 }),
    inputs: fc.array(fc.record({ id: fc.constant('i'), description: text, password: fc.boolean() }), { maxLength: 1 }),
    runFiles: fc.uniqueArray(runFile, { maxLength: 2, selector: ({ path }) => path }),
  })
}

describe('what changes an item', () => {
  it('is everything: different hooks, servers, inputs and files never look the same', () => {
    const said = (given: Partial<Artifacts>): string => JSON.stringify(lines(given))
    const sorted = (object: object): object =>
      Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
    const meant = (value: unknown): string =>
      JSON.stringify(value, (key, inner: unknown) => {
        if (inner instanceof Uint8Array) return [...inner]
        return (key === 'env' || key === 'headers') && typeof inner === 'object' && inner !== null
          ? sorted(inner)
          : inner
      })
    const same = <T>(one: fc.Arbitrary<T>, wrap: (value: T) => Partial<Artifacts>): void => {
      fc.assert(
        fc.property(one, one, (a, b) => {
          expect(said(wrap(a)) === said(wrap(b))).toBe(meant(a) === meant(b))
        }),
        { numRuns: 2000 },
      )
    }
    same(hooks, hook => ({ hooks: [hook] }))
    same(servers, server => ({ servers: [server] }))
    same(runFile, one => ({ runFiles: [one] }))
  })
  it('is where one value ends and the next begins', () => {
    const stdio = {
      name: 's',
      type: 'stdio',
      command: 'c',
      args: [],
      env: {},
      envFile: undefined,
      cwd: undefined,
    } as const
    const looks = (server: Partial<Extract<Server, { type: 'stdio' }>>): string =>
      lines({ servers: [{ ...stdio, ...server }] }).join()
    expect(looks({ env: { 'a=': 'b' } })).not.toBe(looks({ env: { a: '=b' } }))
    expect(looks({ args: [';', 'in', 'x'] })).not.toBe(looks({ cwd: 'x' }))
    expect(looks({ command: 'c;', args: ['in', 'x'] })).not.toBe(looks({ cwd: 'x' }))
    expect(looks({ args: ['a b'] })).not.toBe(looks({ args: ['a', 'b'] }))
  })
  it('is each field on its own', () => {
    const change = (value: unknown): unknown => {
      if (typeof value === 'string') return `${value}!`
      if (typeof value === 'number') return value + 1
      if (typeof value === 'boolean') return !value
      if (Array.isArray(value)) return [...(value as unknown[]), 'more']
      if (value === undefined) return 'new'
      return { ...(value as object), more: 'x' }
    }
    const different = (before: Partial<Artifacts>, after: Partial<Artifacts>): void => {
      expect(lines(after)).not.toEqual(lines(before))
    }
    fc.assert(
      fc.property(hooks, hook => {
        for (const key of ['event', 'matcher', 'timeout'] as const) {
          const value = key === 'timeout' ? (hook.timeout ?? 0) + 1 : change(hook[key])
          different({ hooks: [hook] }, { hooks: [{ ...hook, [key]: value }] })
        }
      }),
    )
    fc.assert(
      fc.property(servers, server => {
        for (const key of Object.keys(server).filter(name => name !== 'type')) {
          const value = change(server[key as keyof Server])
          different({ servers: [server] }, { servers: [{ ...server, [key]: value }] })
        }
      }),
    )
    fc.assert(
      fc.property(runFile, one => {
        different({ runFiles: [one] }, { runFiles: [{ ...one, executable: !one.executable }] })
        different({ runFiles: [one] }, { runFiles: [{ ...one, data: new Uint8Array([...one.data, 1]) }] })
      }),
    )
  })
})
