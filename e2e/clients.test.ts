/** The agents themselves read what is deployed of the package in packages/platforms/test/rich, and run what it has to run. */
import { type Sandbox, createSandbox } from '@aam/testkit'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLIENTS, type Client, isInstalled, runClient, writeSettings } from './clients.ts'
import { type Model, startModel } from './model.ts'

const RICH = fileURLToPath(new URL('../packages/platforms/test/rich', import.meta.url))
const FEATURES = 'codex.session-end,gemini.mcp-env'

/** What a client is to make of the package, besides its skills, its rule `basics` and its AGENTS.md. */
type Facts = {
  /** Whether its model is told of the package's agents. */
  readonly agents: boolean
  /** What its model is asked for the command `audit` with `AC-2 high`. */
  readonly command: readonly string[]
  /** Whether a rule that waits for somebody to name it is there unasked. */
  readonly manual: boolean
  /** What the servers say they were started with, by name. */
  readonly servers: Readonly<Record<'project' | 'user', readonly (keyof typeof STARTED)[]>>
  /** The events of which hooks take note, each once; `mcp`, the use of a server, goes without saying. */
  readonly events: readonly string[]
}

type Started = { readonly arguments: readonly string[]; readonly variables: Readonly<Record<string, string>> }

const STARTED = {
  notes: { arguments: ['--limit', '20'], variables: { NOTES_MODE: 'read only' } },
  database: {
    arguments: ['--url', 'notes://localhost/dev'],
    variables: { NOTES_MODE: 'for ann', NOTES_LEVEL: 'info' },
  },
  // It has no defaults, which it was warned of.
  'database without defaults': { arguments: ['--url', ''], variables: { NOTES_MODE: 'for ann', NOTES_LEVEL: '' } },
  'handed-on': { arguments: [], variables: { NOTES_TOKEN: 'token' } },
} satisfies Record<string, Started>

const FACTS: Readonly<Record<string, Facts>> = {
  claude: {
    agents: true,
    command: ['# Finding AC-2', 'Severity: high, see {{other}}.', 'a leak'],
    manual: false,
    servers: { project: ['notes', 'database', 'handed-on'], user: ['notes', 'database', 'handed-on'] },
    events: ['post-tool-use', 'pre-prompt', 'pre-tool-use', 'session-end', 'session-start', 'stop'],
  },
  copilot: {
    agents: true,
    // Its prompts are VS Code's alone.
    command: [],
    manual: true,
    // In a project they are VS Code's.
    servers: { project: [], user: ['notes', 'database', 'handed-on'] },
    events: [
      'permission-request',
      'post-tool-use',
      'pre-prompt',
      'pre-tool-use',
      'session-end',
      'session-start',
      'stop',
    ],
  },
  codex: {
    agents: true,
    command: ['# Finding {{control-id}}', 'Take these from what was written with the command'],
    manual: false,
    servers: { project: ['notes', 'handed-on'], user: ['notes', 'handed-on'] },
    events: ['post-tool-use', 'pre-prompt', 'pre-tool-use', 'session-end', 'session-start', 'stop'],
  },
  gemini: {
    agents: false,
    command: ['Arguments: AC-2 high', '# Finding {{control-id}}'],
    manual: false,
    servers: { project: ['notes', 'database', 'handed-on'], user: ['notes', 'database', 'handed-on'] },
    events: ['post-tool-use', 'pre-compact', 'pre-prompt', 'pre-tool-use', 'session-end', 'session-start', 'stop'],
  },
  opencode: {
    agents: true,
    command: ['# Finding AC-2', 'Severity: high, see {{other}}.', 'a leak'],
    manual: false,
    servers: {
      project: ['notes', 'database without defaults', 'handed-on'],
      user: ['notes', 'database without defaults', 'handed-on'],
    },
    events: [],
  },
}

describe.each(Object.keys(CLIENTS))('%s', id => {
  const client = CLIENTS[id]!
  describe.skipIf(!isInstalled(client)).each(['project', 'user'] as const)('%s level', level => {
    testClient(client, FACTS[id]!, level)
  })
  it.skipIf(isInstalled(client))('skipped: needs `npm ci --prefix e2e`', context => {
    context.skip()
  })
})

function testClient(client: Client, facts: Facts, level: 'project' | 'user'): void {
  let sandbox: Sandbox
  let model: Model
  /** All that the client's model was asked. */
  let asked = ''
  let events: readonly string[] = []

  beforeAll(async () => {
    sandbox = createSandbox()
    model = await startModel(client.calls)
    const project = sandbox.path(level === 'project' ? 'app' : 'elsewhere')
    const scene = { home: sandbox.path('home'), project, model: model.url }
    writeSettings(client, scene)
    await deploy(sandbox, client, level)
    const log = sandbox.path('events.log')
    const output = await runClient(client, scene, { REVIEW_LOG: log, NOTES_USER: 'ann', NOTES_TOKEN: 'token' })
    asked = model.asked.join('\n')
    events = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []
    expect({ output, asked: asked.length > 0 }).toMatchObject({ asked: true })
  })

  afterAll(() => {
    model.close()
    sandbox.remove()
  })

  it('offers the skills to its model', () => {
    expect(asked).toContain('Extracts text and tables from PDF files: use it when a PDF is named')
    expect(asked).toContain('Checks before a release; say')
    expect(asked).toContain('How to cut a change into commits')
  })

  it('has the rules and the instructions always there that are always to be there', () => {
    expect(asked).toContain('Text of basics.')
    expect(asked).toContain('We write tests first, and say *why* in commits.')
    expect(asked.includes('Text of by-hand.')).toBe(facts.manual)
  })

  it('offers the agents, if it has any', () => {
    expect(asked.includes('Reads code and \\"reports\\": changes nothing')).toBe(facts.agents)
    expect(asked.includes('Prepares a release')).toBe(facts.agents)
  })

  it('starts the command with what was written behind it', () => {
    for (const text of facts.command) expect(asked).toContain(text)
  })

  it('starts the servers with their arguments and variables', () => {
    const started = [...asked.matchAll(/\{\\"arguments\\":.*?\}\}/g)].map(
      ([text]) => JSON.parse(JSON.parse(`"${text}"`) as string) as Started,
    )
    for (const name of facts.servers[level]) {
      const { arguments: list, variables } = STARTED[name]
      expect(started).toContainEqual({ arguments: list, variables: expect.objectContaining(variables) as unknown })
    }
    if (facts.servers[level].length === 0) expect(started).toEqual([])
  })

  it('runs the hooks of every event that there was', () => {
    const offersNotes = facts.servers[level].includes('notes')
    // Codex keeps the tools of servers apart from others, which the model here cannot speak of.
    const withServers = offersNotes && client.calls.some(({ name }) => name.includes('notes'))
    const expected = facts.events.length > 0 && withServers ? ['mcp', ...facts.events] : facts.events
    expect([...new Set(events)].sort()).toEqual(expected)
  })
}

/** Installs the package for one client: in the project `app`, or for its user, who starts it in another one. */
async function deploy(sandbox: Sandbox, { platform }: Client, level: 'project' | 'user'): Promise<void> {
  cpSync(RICH, sandbox.path('work'), { recursive: true })
  for (const file of ['hooks/scripts/note.sh', 'skills/pdf-tools/scripts/extract.py']) sandbox.allow(`work/${file}`)
  sandbox.write('app/package.agent.json', { name: 'app', version: '1.0.0' })
  sandbox.write('elsewhere/README.md', '# Nothing of ours\n')
  const env = { AAM_UNVERIFIED_FEATURES: FEATURES }
  const run = async (args: string, cwd: string): Promise<void> => {
    const { code, output } = await sandbox.aam(args, { cwd, env })
    expect({ args, code, output }).toMatchObject({ code: 0 })
  }
  await run('registry init registry --default', '.')
  await run('publish', 'work')
  await run('install @team/review --no-deploy', 'app')
  const where = level === 'user' ? '--user ' : ''
  await run(`deploy ${where}--platform ${platform} --approve-executables`, 'app')
}
