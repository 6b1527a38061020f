/**
 * A disk that takes nothing any more, from every single call on (D6, D40): what a kill leaves, since nothing is tidied up
 * after it, and what a full disk is. The same promises as in `crash-points.test.ts`, on every system and without `strace`.
 */
import type * as Files from 'node:fs'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { type Sandbox, createSandbox } from '@aam/testkit'
import { checkStopped, compareSnapshots, findLeftOvers, snapshot } from './support/crash-check.ts'
import { bury } from './support/bury.ts'
import { SCENARIOS, prepareScenario } from './support/crash-scenarios.ts'
import { disk } from './support/frozen-disk.ts'
import { useMemoryDisk } from './support/memory-disk.ts'

useMemoryDisk()

vi.mock('node:fs', async original => {
  const { freezable } = await import('./support/frozen-disk.ts')
  return freezable(await original<typeof Files>())
})

afterEach(() => {
  disk.left = Infinity
})

function copyOf(prepared: Sandbox): Sandbox {
  const copy = createSandbox()
  cpSync(prepared.root, copy.root, { recursive: true })
  return copy
}

/** Whoever takes manifest and lock back instead, as with Git, has after an install what they say, and nothing else. */
async function takeBack(
  stopped: Sandbox,
  { cwd, before }: { readonly cwd: string; readonly before: Sandbox },
): Promise<string[]> {
  const committed = ['package.agent.json', 'package.agent.lock'].map(file => join(cwd, file))
  if (!committed.every(file => before.exists(file))) return []
  const approvals = join(cwd, '.aam/approvals.json')
  const files = [...committed, ...(before.exists(approvals) ? [approvals] : [])]
  const sandbox = copyOf(stopped)
  for (const file of files) sandbox.write(file, before.read(file))
  const outputs = [await sandbox.aam('install --frozen', { cwd }), await sandbox.aam('check', { cwd })]
  sandbox.remove()
  return outputs.filter(({ code }) => code !== 0).map(({ output }) => `taken back, it says ${output}`)
}

test.each(SCENARIOS)('$name', { timeout: 300_000 }, async scenario => {
  const { command, cwd, onceDone } = scenario
  const before = await prepareScenario(scenario)
  const after = copyOf(before)
  disk.calls = 0
  expect(await after.aam(command, { cwd })).toMatchObject({ code: 0 })
  const { calls } = disk
  expect(calls).toBeGreaterThan(10)

  const problems: string[] = []
  for (let left = 0; left < calls; left++) {
    const sandbox = copyOf(before)
    disk.left = left
    const stopped = await sandbox.aam(command, { cwd })
    disk.left = Infinity
    bury(sandbox.root)
    const found = [
      ...(/^Error: The disk is full: .*\nhint: /m.test(stopped.stderr) ? [] : [`it says ${stopped.stderr}`]),
      ...(stopped.code === 1 ? [] : [`it ended with ${String(stopped.code)}`]),
      ...(await checkStopped(sandbox, { cwd, before, after })),
    ]
    found.push(...(await takeBack(sandbox, { cwd, before })))
    const again = await sandbox.aam(command, { cwd })
    if (again.code !== 0 && onceDone?.test(again.stderr) !== true) found.push(`run again, it says ${again.output}`)
    found.push(...compareSnapshots(snapshot(after.root), snapshot(sandbox.root)))
    found.push(...findLeftOvers(sandbox.root).map(path => `${path} is a leftover`))
    problems.push(...found.map(problem => `after ${String(left)} calls: ${problem}`))
    sandbox.remove()
  }
  expect(problems).toEqual([])
  before.remove()
  after.remove()
})
