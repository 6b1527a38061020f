/** Progress is one redrawn line, only on a terminal, only when the work takes long enough to wonder, and never left behind. */
import { expect, test } from 'vitest'
import { createReporter } from '../src/text/reporter.ts'
import type { Settings, World } from '../src/world.ts'

const ERASE = '\r\u001b[K'
const LOUD: Settings = { json: false, quiet: false, verbose: false, yes: false }
const STEP = { kind: 'progress', phase: 'Unpacking', done: 50, total: 1000 } as const

function report(
  settings: Settings,
  { redraws, waited }: { readonly redraws: boolean; readonly waited: number },
): string {
  let now = 0
  let printed = ''
  const world: World = {
    cwd: '/',
    home: '/',
    userHome: () => '/',
    env: {},
    now: () => new Date(now),
    stdout: () => undefined,
    stderr: text => (printed += text),
    terminal: { interactive: false, redraws, colour: false, columns: 20 },
    ask: {
      confirm: () => Promise.resolve(false),
      text: () => Promise.resolve(''),
      several: () => Promise.resolve([]),
      password: () => Promise.resolve(''),
    },
    piped: () => Promise.resolve(undefined),
    stopped: () => Promise.resolve(),
    helper: undefined,
    version: '0',
  }
  const reporter = createReporter(world, settings)
  now = waited
  reporter.report(STEP)
  reporter.report({ kind: 'warning', message: 'careful', hint: 'do this' })
  reporter.report({ kind: 'detail', message: 'more' })
  reporter.report(STEP)
  reporter.clear()
  return printed
}

test('on a terminal the line is drawn, makes way for others, and is gone at the end', () => {
  const line = `${ERASE}Unpacking 50/1000`
  expect(report(LOUD, { redraws: true, waited: 300 })).toBe(
    `${line}${ERASE}warning: careful\nhint: do this\n${line}${ERASE}`,
  )
})

test.each([
  ['work that is quickly done', LOUD, { redraws: true, waited: 100 }],
  ['a pipe', LOUD, { redraws: false, waited: 300 }],
  ['--json', { ...LOUD, json: true }, { redraws: true, waited: 300 }],
])('%s draws no line', (_, settings, how) => {
  expect(report(settings, how)).toBe('warning: careful\nhint: do this\n')
})

test('--quiet says nothing, --verbose says more', () => {
  expect(report({ ...LOUD, quiet: true }, { redraws: true, waited: 300 })).toBe('')
  expect(report({ ...LOUD, verbose: true }, { redraws: false, waited: 0 })).toContain('more\n')
})
