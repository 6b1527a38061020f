/**
 * Every instant at which a command that writes can be killed, or find the disk full, enumerated with the real program
 * (D6, D40): the registry reads, the project is as before or as after, and the same command run again finishes the work.
 */
import { cpSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, createSandbox } from '@aam/testkit'
import { checkStopped, compareSnapshots, findLeftOvers, snapshot } from './support/crash-check.ts'
import { type CrashScenario, SCENARIOS, prepareScenario } from './support/crash-scenarios.ts'
import { type Ended, type Point, canTrace, failAt, killAfter, killAt, recordPoints } from './support/strace.ts'
import { useMemoryDisk } from './support/memory-disk.ts'

useMemoryDisk()

const LONG = process.env['AAM_LONG'] === '1'
/** Every point where it counts; while somebody works, every fourth, another set for each command. */
const EVERY = LONG || process.env['CI'] === 'true'
/** At once; the machine that runs the tests may have two slow cores. */
const LANES = 2
const NEEDS_ROOM = /^(?:rename|write|pwrite|fsync|mkdir|openat)/
const traceable = canTrace()

test.runIf(process.env['CI'] === 'true')('strace is here where everything has to be tested', () => {
  expect(traceable).toBe(true)
})

function copyOf(prepared: Sandbox): Sandbox {
  const copy = createSandbox()
  cpSync(prepared.root, copy.root, { recursive: true, preserveTimestamps: true })
  return copy
}

/** Runs `act` for each of `items`, a few at once, and gathers the problems. */
async function forEach<T>(items: readonly T[], act: (item: T) => Promise<readonly string[]>): Promise<string[]> {
  const problems: string[] = []
  const rest = items.values()
  const lane = async (): Promise<void> => {
    for (const item of rest) problems.push(...(await act(item)))
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return problems
}

describe.each(SCENARIOS.filter(({ inProcess }) => inProcess !== true))('$name', (scenario: CrashScenario) => {
  const { command: words, cwd } = scenario
  let before: Sandbox
  let after: Sandbox
  let points: Point[]

  beforeAll(async () => {
    if (!traceable) return
    before = await prepareScenario(scenario)
    after = copyOf(before)
    points = await recordPoints({ sandbox: after, words, cwd })
    rmSync(after.path('home/trace'))
    expect(points.length).toBeGreaterThan(10)
    if (!EVERY) points = points.filter((_, index) => index % 4 === words.join(' ').length % 4)
  })

  afterAll(() => {
    if (!traceable) return
    before.remove()
    after.remove()
  })

  /** Stops the command in a copy, looks at what is left, runs it again, and compares with what an undisturbed run makes. */
  const stopped = async (
    at: string,
    stop: (sandbox: Sandbox, tries: number) => Promise<Ended>,
    check: (ended: Ended, sandbox: Sandbox) => readonly string[],
  ): Promise<string[]> => {
    let sandbox = copyOf(before)
    let ended = await stop(sandbox, 0)
    for (let tries = 1; ended.missed === true && tries <= 20; tries++) {
      sandbox.remove()
      sandbox = copyOf(before)
      ended = await stop(sandbox, tries)
    }
    const problems = ended.missed === true ? ['the call was not met'] : [...check(ended, sandbox)]
    problems.push(...(await checkStopped(sandbox, { cwd, before, after })))
    const again = await sandbox.aam(words, { cwd })
    if (again.code !== 0 && scenario.onceDone?.test(again.stderr) !== true) {
      problems.push(`run again, it says: ${again.output}`)
    }
    problems.push(...compareSnapshots(snapshot(after.root), snapshot(sandbox.root)))
    problems.push(...findLeftOvers(sandbox.root).map(path => `${path} is a leftover`))
    sandbox.remove()
    return problems.map(problem => `${at}: ${problem}`)
  }

  /** Where the call of `point` is in one more undisturbed run: the run that was watched may have been the odd one. */
  const lookAgain = async (point: Point): Promise<Point> => {
    const sandbox = copyOf(before)
    const found = await recordPoints({ sandbox, words, cwd })
    sandbox.remove()
    return found.find(({ call, ordinal }) => call === point.call && ordinal === point.ordinal) ?? point
  }
  const aimed = async (point: Point, tries: number): Promise<Point> => (tries % 2 === 0 ? point : lookAgain(point))

  const kill = async (point: Point): Promise<string[]> =>
    stopped(
      point.text,
      async (sandbox, tries) => killAt({ sandbox, words, cwd }, await aimed(point, tries)),
      ({ signal, stderr }) => (signal === 'SIGKILL' ? [] : [`it was not killed: ${stderr}`]),
    )
  const fail = async (point: Point, error: 'ENOSPC' | 'EIO', says: RegExp): Promise<string[]> =>
    stopped(
      point.text,
      async (sandbox, tries) => failAt({ sandbox, words, cwd }, await aimed(point, tries), error),
      ({ code, stderr }, { root }) => {
        const line = stderr.split('\n').find(text => text.startsWith('Error: ')) ?? ''
        const fine = code === 1 && says.test(line) && line.includes(`${root}/`) && stderr.includes('\nhint: ')
        return fine ? [] : [`exit ${String(code)}, ${stderr}`]
      },
    )

  test.runIf(traceable)('killed at any call that changes something', { timeout: 600_000 }, async () => {
    expect(await forEach(points, kill)).toEqual([])
  })

  test.runIf(traceable)('the disk full at any call that needs room', { timeout: 600_000 }, async () => {
    const needy = points.filter(({ call }) => NEEDS_ROOM.test(call))
    expect(await forEach(needy, async point => fail(point, 'ENOSPC', /^Error: The disk is full: /))).toEqual([])
  })

  test.runIf(traceable)('the disk broken at some of them', { timeout: 600_000 }, async () => {
    // Not folders: what Node makes of theirs depends on what it finds when it looks again.
    const touchy = points.filter(({ call }) => NEEDS_ROOM.test(call) && !call.startsWith('mkdir'))
    const some = touchy.filter((_, index) => LONG || index % 4 === 0)
    const says = /^Error: The disk cannot be read or written: /
    expect(await forEach(some, async point => fail(point, 'EIO', says))).toEqual([])
  })

  test.runIf(traceable && LONG)('killed at any time', { timeout: 1_200_000 }, async () => {
    const times = Array.from({ length: 300 }, (_, index) => 30 + index / 2)
    const killed = async (time: number): Promise<string[]> =>
      stopped(
        `${String(time)} ms`,
        async sandbox => killAfter({ sandbox, words, cwd }, time),
        () => [],
      )
    expect(await forEach(times, killed)).toEqual([])
  })

  test.skipIf(traceable)('skipped: needs strace', context => {
    context.skip('needs strace')
  })
})
