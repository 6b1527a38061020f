import { stringify } from 'smol-toml'
import type { Agent, Command } from './artifacts.ts'
import { describeAgent, promptWithSkills, warnLostFields, warnLostTools } from './agents.ts'
import { bodyWithInputs, commandFields } from './commands.ts'
import { writeMarkdown, writeYaml } from './frontmatter.ts'
import { codexModel } from './models.ts'
import type { Places, PlacedFile, Platform, RenderContext } from './platform.ts'
import { contextIn, rulesIn } from './rules.ts'
import { codexHooks } from './hooks/nested.ts'
import { codexServers } from './servers/codex.ts'
import { unverifiedOf } from './unverified.ts'
import { SIGNALS } from './signals.ts'

const below = (folder: string, instructions: string): Places => ({
  skills: '.agents/skills',
  commands: { asSkill: renderCommand },
  agents: { folder: `${folder}/agents`, extension: '.toml', render: renderAgent },
  rules: rulesIn(instructions),
  context: contextIn(instructions),
})

export const codex: Platform = {
  id: 'codex',
  title: 'Codex',
  signals: SIGNALS.codex,
  userSignals: ['{CODEX_HOME|.codex}/', '/etc/codex/'],
  project: { ...below('.codex', 'AGENTS.md'), hooks: codexHooks.project, servers: codexServers.project },
  user: {
    ...below('{CODEX_HOME|.codex}', '{CODEX_HOME|.codex}/AGENTS.md'),
    hooks: codexHooks.user,
    servers: codexServers.user,
  },
  alsoReads: { project: [], user: ['{CODEX_HOME|.codex}/skills'] },
  unverified: unverifiedOf('codex'),
}

/** A skill that is started by its name only, as a command is. */
function renderCommand(command: Command, { name, warn }: RenderContext): PlacedFile[] {
  const { description = `The command ${command.name}`, ...fields } = commandFields(command, [], warn)
  const policy = { policy: { allow_implicit_invocation: false } }
  return [
    textFile('SKILL.md', writeMarkdown({ name, description, ...fields }, bodyWithInputs(command))),
    textFile('agents/openai.yaml', writeYaml(policy)),
  ]
}

function textFile(path: string, text: string): PlacedFile {
  return { path, data: new TextEncoder().encode(text), executable: false }
}

function renderAgent(agent: Agent, context: RenderContext): string {
  warnLostFields(agent, [], context.warn)
  warnLostTools(agent, context.warn)
  const model = codexModel(agent.model, context.warn)
  return stringify({
    name: context.name,
    description: describeAgent(agent, context),
    ...(model === undefined ? {} : { model }),
    developer_instructions: promptWithSkills(agent, context),
  })
}
