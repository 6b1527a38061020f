/** What a package gives to agents, as every platform adapter reads it (UAAPS 4–9): parsed, and without any platform in it. */
import type { PackageFile } from '@aam/core'

/** Kinds whose deployed name is the artifact's (D47). */
export type NamedKind = 'skills' | 'commands' | 'agents' | 'rules' | 'servers'

/**
 * A Markdown document: its frontmatter as parsed YAML, and the text below it. A `description` that the frontmatter lacks is the one
 * of the manifest.
 */
export type Document = {
  readonly fields: Readonly<Record<string, unknown>>
  readonly body: string
  /** The file as it was read, so that a copy in which nothing has to change has the same bytes. */
  readonly raw?: string
}

/** A skill: `SKILL.md` and everything in its folder. */
export type Skill = {
  readonly name: string
  readonly document: Document
  /** The other files of its folder; paths are relative to it. */
  readonly files: readonly PackageFile[]
}

/** A value that a command asks for, written `{{name}}` in its body (UAAPS 5). */
export type Variable = {
  readonly name: string
  readonly description: string | undefined
  readonly required: boolean
  readonly choices: readonly string[]
  readonly fallback: string | undefined
}

export type Command = {
  readonly name: string
  readonly description: string | undefined
  readonly variables: readonly Variable[]
  readonly document: Document
}

/** A sub-agent: `agent.yaml` with its system prompt, or the older `<name>.md`. */
export type Agent = {
  readonly name: string
  readonly description: string | undefined
  readonly prompt: string
  /** As the author wrote them; empty when the agent may use every tool. */
  readonly tools: readonly string[]
  readonly model: string | undefined
  /** Names of skills of the same package. */
  readonly skills: readonly string[]
  /** Every field, for those a platform knows by its own name. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** When a rule applies: always, when the agent finds its description fitting, for some files, or when a person names it. */
export type RuleMode = 'always' | 'intelligent' | 'files' | 'manual'

export type Rule = {
  readonly name: string
  readonly description: string | undefined
  readonly mode: RuleMode
  /** For `files`; relative to the project. */
  readonly globs: readonly string[]
  readonly body: string
}

/** One handler of one event. `timeout` is in seconds. */
export type Hook = {
  /** In UAAPS's spelling, `pre-tool-use`; one that it does not know is kept as written. */
  readonly event: string
  /** A regular expression on the name of a tool; `undefined` for every tool. */
  readonly matcher: string | undefined
  /** `${PACKAGE_ROOT}` in a command is the folder of the package. */
  readonly action:
    { readonly type: 'command'; readonly command: string } | { readonly type: 'prompt'; readonly prompt: string }
  readonly timeout: number | undefined
}

/** An MCP server. Values may hold `${VAR}`, `${VAR:-default}`, `${input:id}` and `${PACKAGE_ROOT}`. */
export type Server = {
  readonly name: string
} & (
  | {
      readonly type: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly envFile: string | undefined
      readonly cwd: string | undefined
    }
  | { readonly type: 'http' | 'sse'; readonly url: string; readonly headers: Readonly<Record<string, string>> }
)

/** A value that an editor asks its user for, once. */
export type ServerInput = {
  readonly id: string
  readonly description: string
  readonly password: boolean
}

/** Everything of one package that agents can use. Lists are sorted by name, hooks in the order they are written. */
export type Artifacts = {
  readonly skills: readonly Skill[]
  readonly commands: readonly Command[]
  readonly agents: readonly Agent[]
  readonly rules: readonly Rule[]
  readonly hooks: readonly Hook[]
  readonly servers: readonly Server[]
  readonly inputs: readonly ServerInput[]
  /** The package's `AGENTS.md`. */
  readonly context: string | undefined
  /**
   * Files of the package that its hooks and servers run or may read: what they name by `${PACKAGE_ROOT}`, with the folder it is
   * in, and everything below `hooks/`, `mcp/` and `scripts/` but the files that define them. Empty when there is neither hook
   * nor server. Sorted.
   */
  readonly runFiles: readonly PackageFile[]
}
