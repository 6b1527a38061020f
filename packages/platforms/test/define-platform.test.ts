import { describe, expect, it } from 'vitest'
import { PLATFORMS, type Platform, type PlatformOverrides, definePlatform, placePackage } from '../src/index.ts'
import { atProject, atUser, sample } from './sample.ts'

const define = (id: string, overrides: PlatformOverrides): Platform => {
  const { platform, problems } = definePlatform(id, overrides, PLATFORMS)
  expect(problems).toEqual([])
  return platform!
}
const problemsOf = (id: string, overrides: PlatformOverrides) => definePlatform(id, overrides, PLATFORMS).problems
const places = (platform: Platform, context = atProject): string[] => [
  ...new Set(
    placePackage(platform, sample, context).units.map(unit =>
      unit.form === 'files' ? unit.root.replace(/[^/]+$/, '') : unit.file,
    ),
  ),
]

describe('a new platform', () => {
  it('has what universal has, and no signals, when it says nothing', () => {
    const zed = define('zed', {})
    expect(zed).toMatchObject({ id: 'zed', title: 'zed', signals: [], userSignals: [] })
    expect(places(zed)).toEqual(['.agents/skills/', 'AGENTS.md'])
  })

  it('takes formats from the platform that it extends', () => {
    const fork = define('fork', {
      extends: 'cursor',
      title: 'Fork',
      signals: ['.fork/'],
      project: { skills: '.fork/skills/', commands: '.fork/commands', agents: '.fork/agents', rules: '.fork/rules' },
      user: { rules: '.fork/rules' },
    })
    expect(fork.signals).toEqual(['.fork/'])
    expect(places(fork)).toEqual(['.fork/skills/', '.fork/commands/', '.fork/agents/', '.fork/rules/', 'AGENTS.md'])
    // Cursor has no rules at user level, but it has a format for them.
    expect(places(fork, atUser)).toContain('.fork/rules/')
    const { units } = placePackage(fork, sample, atProject)
    expect(units.some(unit => unit.form === 'files' && unit.root === '.fork/rules/basics.mdc')).toBe(true)
  })

  it('is not shown by the signs of the platform that it extends', () => {
    expect(define('fork', { extends: 'cursor' })).toMatchObject({ signals: [], userSignals: [], title: 'fork' })
  })

  it('may keep rules and context in one file of its own', () => {
    const own = define('own', { project: { rules: 'OWN.md', context: 'OWN.md' } })
    expect(places(own)).toEqual(['.agents/skills/', 'OWN.md'])
  })
})

describe('a platform that is there', () => {
  it('changes only in what is named', () => {
    const cursor = PLATFORMS.find(({ id }) => id === 'cursor')!
    const changed = define('cursor', { project: { commands: '.cursor/prompts' } })
    expect(changed).toEqual({
      ...cursor,
      project: { ...cursor.project, commands: { ...cursor.project.commands, folder: '.cursor/prompts' } },
    })
  })

  it('has a place verified by whoever names it', () => {
    const windsurf = define('windsurf', { user: { commands: '{WINDSURF_HOME|.codeium/windsurf}/global_workflows' } })
    expect(places(windsurf, atUser)).toContain('{WINDSURF_HOME|.codeium/windsurf}/global_workflows/')
  })
})

describe('what is wrong', () => {
  it.each([
    ['Zed', {}, "'Zed' is not the id of a platform: lower-case letters, digits and hyphens"],
    [
      'zed',
      { extends: 'vim' },
      "extends: there is no platform 'vim'; there are claude, cursor, copilot, codex, gemini, opencode, windsurf, universal",
    ],
    ['claude', { extends: 'cursor' }, "extends: 'claude' is there already and is changed, so it cannot extend another"],
    ['zed', { signals: ['.agents/'] }, "signals: '.agents/': many platforms read it, so it shows none of them"],
    ['zed', { userSignals: ['../x'] }, "userSignals: '../x': it must not have '..', '.' or empty steps"],
    ['zed', { project: { skills: '' } }, 'project.skills: it is empty'],
    ['zed', { project: { skills: '/etc' } }, 'project.skills: it must be relative'],
    ['zed', { project: { skills: 'C:/x' } }, 'project.skills: it must be relative'],
    ['zed', { user: { skills: '~/.zed' } }, "user.skills: it must be relative; leave out '~/'"],
    ['zed', { project: { skills: '.zed\\skills' } }, "project.skills: it has a backslash; write '/'"],
    ['zed', { project: { rules: 'a/../../AGENTS.md' } }, "project.rules: it must not have '..', '.' or empty steps"],
    ['zed', { user: { skills: '{HOME|..}/x' } }, "user.skills: it must not have '..', '.' or empty steps"],
    [
      'zed',
      { project: { commands: '.zed/commands' } },
      'project.commands: universal has no files for commands whose format could be used; extend a platform that has',
    ],
    [
      'codex',
      { project: { commands: '.codex/prompts' } },
      'project.commands: codex has no files for commands whose format could be used; extend a platform that has',
    ],
  ])('%s %o', (id, overrides, problem) => {
    expect(problemsOf(id, overrides)).toEqual([problem])
  })

  it('is all said at once', () => {
    expect(problemsOf('zed', { signals: ['/x'], project: { skills: '' }, user: { rules: '..' } })).toHaveLength(3)
  })
})
