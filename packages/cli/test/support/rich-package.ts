/** Packages that have everything agents can use, a little different in each version. */
import type { Sandbox } from '@aam/testkit'

export type RichPackage = {
  readonly name: string
  readonly version: string
  /** Names of its skills; each has a script. */
  readonly skills?: readonly string[]
  readonly commands?: readonly string[]
  readonly agents?: readonly string[]
  readonly rules?: readonly string[]
  /** Matchers of hooks that run a script of the package before a tool. */
  readonly hooks?: readonly string[]
  readonly servers?: readonly string[]
  /** An AGENTS.md. */
  readonly context?: boolean
  /** Goes into every text: packages of one version that differ in it differ everywhere. */
  readonly variant?: string
}

/** Writes the package into a folder of the sandbox, replacing what is there. Returns the folder. */
export function writeRichPackage(sandbox: Sandbox, folder: string, rich: RichPackage): string {
  const { name, version, variant = version } = rich
  sandbox.clear(folder)
  const write = (path: string, contents: string | object): void => void sandbox.write(`${folder}/${path}`, contents)
  write('package.agent.json', { name, version, description: `The package ${name}` })
  for (const skill of rich.skills ?? []) {
    write(`skills/${skill}/SKILL.md`, markdown(skill, `Run scripts/${skill}.sh. (${variant})`))
    write(`skills/${skill}/scripts/${skill}.sh`, `#!/bin/sh\necho ${variant}\n`)
    sandbox.allow(`${folder}/skills/${skill}/scripts/${skill}.sh`)
  }
  for (const command of rich.commands ?? []) write(`commands/${command}.md`, markdown(command, `Do it. (${variant})`))
  for (const agent of rich.agents ?? []) write(`agents/${agent}.md`, markdown(agent, `You are ${agent}. (${variant})`))
  for (const rule of rich.rules ?? []) {
    write(
      `rules/${rule}/RULE.md`,
      markdown(rule, `Keep to it. (${variant})`, 'apply:\n  mode: files\n  globs: ["**/*.ts"]\n'),
    )
  }
  if (rich.context === true) write('AGENTS.md', `# How we work with ${name}\n\nAs ${variant} says.\n`)
  if (rich.hooks !== undefined) {
    write('hooks/scripts/check.sh', `#!/bin/sh\necho ${variant} >&2\n`)
    sandbox.allow(`${folder}/hooks/scripts/check.sh`)
    write('hooks/hooks.json', {
      version: 1,
      hooks: {
        'pre-tool-use': rich.hooks.map(matcher => ({
          matcher,
          hooks: [{ type: 'command', command: '${PACKAGE_ROOT}/hooks/scripts/check.sh', timeout: 10 }],
        })),
      },
    })
  }
  if (rich.servers !== undefined) {
    write('mcp/servers.json', {
      servers: Object.fromEntries(
        rich.servers.map(server => [
          server,
          { command: 'npx', args: ['-y', `server-${server}`, variant], env: { TOKEN: '${TOKEN}' } },
        ]),
      ),
    })
  }
  return folder
}

/** Writes and publishes it. */
export async function publishRich(sandbox: Sandbox, rich: RichPackage): Promise<void> {
  const folder = writeRichPackage(sandbox, 'work/package', rich)
  const { code, output } = await sandbox.aam('publish --keep-latest', { cwd: folder })
  if (code !== 0) throw new Error(output)
}

function markdown(name: string, body: string, more = ''): string {
  return `---\nname: ${name}\ndescription: What ${name} is for.\n${more}---\n\n${body}\n`
}
