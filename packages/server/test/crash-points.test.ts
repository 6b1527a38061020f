/**
 * Every instant at which a server that changes something can be killed, or find its disk full or broken, enumerated with
 * the real program: what was acknowledged is there, what was not is absent or complete, and the same request succeeds.
 */
import { cpSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyData } from '@aam/server'
import { canTrace } from '../../cli/test/support/strace.ts'
import { useMemoryDisk } from '../../cli/test/support/memory-disk.ts'
import {
  type CrashScenario,
  type People,
  SCENARIOS,
  type Tokens,
  checkArchives,
  codeOf,
  makePeople,
  nameOf,
  signIn,
  stateOf,
} from './support/crash-scenarios.ts'
import { type ServerProcess, buildServer, newDataFolder, startProcess } from './support/server-process.ts'
import { type Point, type Tracing, failAt, killAt, recordPoints } from './support/strace-server.ts'

useMemoryDisk()

const LONG = process.env['AAM_LONG'] === '1'
const CI = process.env['CI'] === 'true'
/** A write to the database is two calls, and there are many of them that look alike. */
const KILLS = LONG ? 1 : CI ? 3 : 13
const ERRORS = LONG ? 1 : CI ? 5 : 13
/** At once; the machine that runs the tests may have two slow cores. */
const LANES = 2
/** Milliseconds: the longest that a request may wait for a lock that somebody who was killed had. */
const LONGEST = 1000
const traceable = canTrace()

test.runIf(CI)('strace is here where everything has to be tested', () => {
  expect(traceable).toBe(true)
})

let build: Awaited<ReturnType<typeof buildServer>>
let template: string
let tokens: Tokens

beforeAll(async () => {
  if (!traceable) return
  build = await buildServer()
  template = newDataFolder()
  tokens = await makePeople(build.program, template)
}, 60_000)

afterAll(() => {
  if (!traceable) return
  build.remove()
  rmSync(template, { recursive: true, force: true })
})

/** A server with data of its own, which is started again when it has died. */
type Lane = {
  readonly folder: string
  readonly server: () => ServerProcess
  readonly people: () => People
  readonly restart: () => Promise<void>
  readonly remove: () => Promise<void>
}

async function openLane({ settings }: CrashScenario): Promise<Lane> {
  const folder = newDataFolder()
  cpSync(template, folder, { recursive: true })
  const start = async (): Promise<ServerProcess> => startProcess(build.program, folder, settings)
  let server = await start()
  let people = signIn(server.address, tokens)
  return {
    folder,
    server: () => server,
    people: () => people,
    restart: async () => {
      await server.kill()
      server = await start()
      people = signIn(server.address, tokens)
    },
    remove: async () => {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

let packages = 0

/** Goes through the points of a scenario, a few at once. */
async function forEachPoint(
  scenario: CrashScenario,
  every: number,
  act: (lane: Lane, point: Point) => Promise<readonly string[]>,
): Promise<{ readonly points: number; readonly problems: readonly string[] }> {
  const lanes = await Promise.all(Array.from({ length: LANES }, async () => openLane(scenario)))
  const [first] = lanes
  const all = await recordPoints(first!.server(), async () => {
    const name = nameOf(packages++)
    await scenario.prepare(first!.people(), name)
    return async () => scenario.act(first!.people(), name)
  })
  const many = new Set(['pwrite64', 'write'])
  const points = all.filter(({ call, index }) =>
    many.has(call) ? index % every === 1 % every : every < 7 || index % 2 === 1,
  )
  const rest = points.values()
  const problems: string[] = []
  const run = async (lane: Lane): Promise<void> => {
    for (const point of rest) {
      const { role, call, index } = point
      const found = await act(lane, point)
      problems.push(...found.map(problem => `${role} ${call} ${String(index)}: ${problem}`))
    }
    await lane.remove()
  }
  await Promise.all(lanes.map(run))
  return { points: points.length, problems }
}

/** The request once more: it succeeds at once, and then everything is as it should be. */
async function checkAgain(lane: Lane, scenario: CrashScenario, name: ReturnType<typeof nameOf>): Promise<string[]> {
  const problems: string[] = []
  const people = lane.people()
  const started = performance.now()
  const code = await codeOf(async () => scenario.act(people, name))
  const took = performance.now() - started
  if (code !== undefined && code !== scenario.onceDone) problems.push(`again, it says ${code}`)
  if (took > LONGEST) problems.push(`again, it took ${String(Math.round(took))} ms`)
  const state = await stateOf(people, name)
  if (state !== scenario.after) problems.push(`in the end it is ${state}`)
  problems.push(...(await checkArchives(people, name)), ...(await checkData(lane)))
  return problems
}

async function checkData({ folder }: Lane): Promise<string[]> {
  const { problems } = await verifyData(folder)
  return problems.filter(({ severity }) => severity === 'error').map(({ what, why }) => `${what}: ${why}`)
}

describe.each(SCENARIOS)('$title', (scenario: CrashScenario) => {
  const { prepare, act, before, after } = scenario

  /** Prepares a package, stops the request at a point, and says what came of it. */
  const stopped = async (
    lane: Lane,
    stop: (server: ServerProcess) => Promise<Tracing>,
    look: (code: string | undefined, name: ReturnType<typeof nameOf>) => Promise<readonly string[]>,
  ): Promise<string[]> => {
    const name = nameOf(packages++)
    await prepare(lane.people(), name)
    const tracing = await stop(lane.server())
    const code = await codeOf(async () => act(lane.people(), name))
    const problems = [...(await look(code, name))]
    await tracing.stop()
    return [...problems, ...(await checkAgain(lane, scenario, name))]
  }

  test.runIf(traceable)('killed at any call that changes something', { timeout: 600_000 }, async () => {
    let killed = 0
    const { points, problems } = await forEachPoint(scenario, KILLS, async (lane, point) =>
      stopped(
        lane,
        async server => killAt(server, point),
        async (code, name) => {
          if (code !== undefined) killed++
          await lane.restart()
          const broken = await checkData(lane)
          const state = await stateOf(lane.people(), name)
          const fine = code === undefined ? state === after : state === before || state === after
          return [...broken, ...(fine ? [] : [`${code ?? 'acknowledged'}, and it is ${state}`])]
        },
      ),
    )
    expect(problems).toEqual([])
    // A request may make a call or two less than the one that was watched.
    expect(killed).toBeGreaterThan(points * 0.7)
  })

  test.runIf(traceable).each([
    ['full', 'ENOSPC', 'REGISTRY_FULL'],
    ['broken', 'EIO', 'REGISTRY_UNAVAILABLE'],
  ] as const)('the disk %s at any call that changes something', { timeout: 600_000 }, async (_, error, expected) => {
    let failed = 0
    const { points, problems } = await forEachPoint(scenario, ERRORS, async (lane, point) =>
      stopped(
        lane,
        async server => failAt(server, point, error),
        async (code, name) => {
          if (code === 'REGISTRY_UNREACHABLE' && point.role === 'files') {
            // It was the call with which threads wake each other, without which there is no program.
            await lane.restart()
            return []
          }
          if (code !== undefined) failed++
          const state = await stateOf(lane.people(), name)
          const fine = code === undefined ? state === after : code === expected && state === before
          return fine ? [] : [`${code ?? 'acknowledged'}, and it is ${state}: ${lane.server().log().slice(-500)}`]
        },
      ),
    )
    expect(problems).toEqual([])
    expect(failed).toBeGreaterThan(points * 0.3)
  })

  test.skipIf(traceable)('skipped: needs strace', context => {
    context.skip('needs strace')
  })
})
