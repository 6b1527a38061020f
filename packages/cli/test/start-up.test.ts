/** What every run loads decides how fast it starts: neither zod nor YAML nor prompts, unless the command needs them. */
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { beforeAll, describe, expect, test } from 'vitest'

let outputs: Metafile['outputs']

beforeAll(async () => {
  const { BUILD_OPTIONS } = await import('../../../scripts/build-options.mjs')
  // The same program, taken apart where it is imported dynamically: what one piece imports statically is evaluated with it.
  const result = await build({
    ...(BUILD_OPTIONS as BuildOptions),
    outExtension: {},
    format: 'esm',
    splitting: true,
    supported: {},
    write: false,
    metafile: true,
  })
  outputs = result.metafile.outputs
})

/** The source files that loading `entry` loads, without what it may load later. */
function loadedBy(entry: string): Set<string> {
  const start = Object.keys(outputs).find(name => outputs[name]!.entryPoint?.endsWith(entry))
  const seen = new Set<string>()
  const queue = [start ?? `no output for ${entry}`]
  for (const name of queue) {
    for (const input of Object.keys(outputs[name]!.inputs)) seen.add(input)
    for (const { path, kind } of outputs[name]!.imports) {
      if (kind === 'import-statement' && outputs[path] && !queue.includes(path)) queue.push(path)
    }
  }
  return seen
}

describe.each(['src/bin.ts', 'src/commands/install.ts', 'src/commands/tree.ts', 'src/commands/completion.ts'])(
  '%s',
  entry => {
    test.each([
      'node_modules/zod/',
      'node_modules/yaml/',
      'node_modules/@clack/',
      'node_modules/jsonc-parser/',
      'node_modules/diff/',
    ])('does not load %s', library => {
      const loaded = [...loadedBy(entry)]
      expect(loaded.length).toBeGreaterThan(3)
      expect(loaded.filter(file => file.includes(library))).toEqual([])
    })
  },
)

test('what is looked at is the real build', () => {
  expect([...loadedBy('src/commands/validate.ts')].some(file => file.includes('node_modules/zod/'))).toBe(true)
  expect(fileURLToPath(import.meta.url)).toContain('start-up')
})
