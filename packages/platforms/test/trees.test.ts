/**
 * What each platform gets of the package in rich/ where a user has files already, whole and readable: files in, files out.
 * `npx vitest run packages/platforms/test/trees -u` writes it anew.
 */
import { type Artifacts, EMPTY_LEDGER, PLATFORMS, type PlaceWarning, type Plan } from '@aam/platforms'
import { describe, expect, it } from 'vitest'
import { type Files, applied, placedFor, planFor, unitsFor, userDisk } from './deployed.ts'
import { rich, richWarnings } from './rich.ts'
import { textOf, utf8 } from './sample.ts'

const CASES = PLATFORMS.flatMap(platform =>
  (['project', 'user'] as const).map(level => [platform.id, level, platform] as const),
)

describe.each(CASES)('%s, %s level', (id, level, platform) => {
  const units = unitsFor(platform, level)
  const before = userDisk(level)
  const plan = planFor(before, { units, known: EMPTY_LEDGER })
  const after = applied(before, plan.steps)

  it('gets of the package what its tree shows', async () => {
    const warnings = placedFor(platform, level).warnings
    const text = showTree(`${platform.title}, ${level} level`, { plan, warnings })
    await expect(text).toMatchFileSnapshot(`trees/${id}-${level}.txt`)
  })

  it('needs nothing more once it is there', () => {
    const again = planFor(after, { units, known: plan.ledger })
    expect(again.steps).toEqual([])
    expect(new Set(again.outcomes.map(({ change }) => change))).toEqual(new Set(['same']))
  })

  it("leaves nothing behind, and every file of the user's as it was", () => {
    const gone = applied(after, planFor(after, { units: [], known: plan.ledger }).steps)
    expect(showDisk(gone)).toEqual(showDisk(before))
  })

  it('is placed the same whatever the order of artifacts', () => {
    const { artifacts } = rich
    const reversed: Artifacts = {
      ...artifacts,
      skills: [...artifacts.skills].reverse(),
      commands: [...artifacts.commands].reverse(),
      agents: [...artifacts.agents].reverse(),
      rules: [...artifacts.rules].reverse(),
    }
    expect(unitsFor(platform, level, reversed)).toEqual(units)
  })
})

it('reads the whole package without a complaint', () => {
  expect(richWarnings).toEqual([])
})

function showDisk(files: Files): Record<string, string> {
  return Object.fromEntries([...files].map(([path, { data }]) => [path, show(data)]))
}

type Shown = { readonly plan: Plan; readonly warnings: readonly PlaceWarning[] }

/** Every file that is written or edited, then what is said. */
function showTree(title: string, { plan, warnings }: Shown): string {
  const parts = plan.steps.map(step => {
    switch (step.kind) {
      case 'write':
        return `===== ${step.path}${step.executable ? ' (executable)' : ''}\n${show(step.data)}`
      case 'edit':
        return `===== ${step.path} (shared)\n${show(utf8(step.text))}`
      case 'delete':
        return `===== ${step.path} (deleted)\n`
    }
  })
  const said = warnings.map(
    ({ kind, name, message }) => `! ${name === undefined ? kind : `${kind} ${name}`}: ${message}`,
  )
  const other = plan.outcomes
    .filter(({ change }) => change !== 'add')
    .map(({ change, kind, name, place, details }) => `! ${kind} ${name}: ${change} ${place} ${details.join(', ')}`)
  return `########## ${title}\n\n${parts.join('\n')}\n########## Warnings\n\n${[...said, ...other].join('\n')}\n`
}

/** Text as it is, with what nobody sees made visible. */
function show(data: Uint8Array): string {
  if (data.includes(0)) return `${String(data.length)} bytes: ${Buffer.from(data).toString('hex')}\n`
  const text = textOf(data).replaceAll('\r', '␍')
  const marked = data[0] === 0xef && data[1] === 0xbb ? `⟨BOM⟩${text}` : text
  return marked.endsWith('\n') ? marked : `${marked}⟨no line end⟩\n`
}
