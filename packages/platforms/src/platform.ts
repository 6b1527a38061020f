/** What a platform is: where it looks, and in which form it wants things. Adapters describe; nothing here writes. */
import type { Agent, Command, Hook, NamedKind, Rule, Server, ServerInput } from './artifacts.ts'

/** For one project, or for everything its user does. */
export type Level = 'project' | 'user'

/** What an artifact is, in messages and in the ledger. `context` is a package's AGENTS.md, `run` what hooks and servers run. */
export type UnitKind = NamedKind | 'hooks' | 'context' | 'run'

/** Where something comes from. */
export type Origin = {
  /** Name of the package; the project's own too. */
  readonly package: string
  readonly kind: UnitKind
  /** The artifact's own name in its package, whatever it is called where it is deployed. */
  readonly name: string
}

/** A file of ours alone. Text is UTF-8. */
export type PlacedFile = { readonly path: string; readonly data: Uint8Array; readonly executable: boolean }

/**
 * One artifact at one place. Paths are relative to the project, or at user level to the home folder or absolute, with `/`.
 */
export type Unit = Origin & Placement

/** A member that has to be there for a platform to read a file at all. */
export type Need = { readonly at: readonly string[]; readonly key: string; readonly value: unknown }

export type Placement =
  /** Files that are wholly ours. `root` is the folder that is the artifact, or the file itself; files' paths are whole, not relative to it. */
  | { readonly form: 'files'; readonly root: string; readonly files: readonly PlacedFile[] }
  /** One member (`key`) of the object at `at`, or one element (`key` null) of the list at `at`, in a JSON file that others write too. */
  | {
      readonly form: 'json'
      readonly file: string
      readonly at: readonly string[]
      readonly key: string | null
      readonly value: unknown
      /** Members that have to be there for the platform to read the file at all, like `"version": 1`; added when missing. */
      readonly needs: readonly Need[]
    }
  /** A part of the one fenced block at the end of a Markdown or TOML file. */
  | {
      readonly form: 'block'
      readonly file: string
      readonly syntax: 'markdown' | 'toml'
      /** Without a newline at its end. */
      readonly text: string
      /** TOML tables that it defines, like `['mcp_servers', 'github']`: nobody else may define them too. */
      readonly defines: readonly (readonly string[])[]
    }

/** Tells the user what a platform cannot express. One sentence without a full stop; what it is about is said by the caller. */
export type Warn = (message: string) => void

/** A folder that takes one file for each artifact. */
export type FilePlace<A> = {
  readonly folder: string
  /** Of the file: `.md`, `.prompt.md`. */
  readonly extension: string
  /** Nobody could check this place: it is off unless this one of the platform's `unverified` features is asked for. */
  readonly feature?: string
  /** The text of the file, or `undefined` when the platform cannot have this one (which `warn` was told). `name` is its deployed name. */
  readonly render: (artifact: A, context: RenderContext) => string | undefined
}

/** One file that takes all of them as parts of a fenced block. */
export type BlockPlace<A> = {
  readonly file: string
  readonly block: (artifact: A, context: RenderContext) => string | undefined
}

export type RenderContext = {
  readonly name: string
  readonly warn: Warn
  /** What another artifact of the same package is called where it is deployed. */
  readonly nameOf: (kind: NamedKind, name: string) => string
}

/** Where what a package runs lies, and at which level. */
export type RunContext = {
  readonly level: Level
  /** The folder that stands for `${PACKAGE_ROOT}`: relative to the project, or at user level absolute. With `/`. */
  readonly root: string
  /** Names of features that are not verified and asked for all the same, like `windsurf.hooks`. */
  readonly unverified: ReadonlySet<string>
  /** The package's folder name, `team--review`: for files that are named after packages. */
  readonly packageFolder: string
  readonly nameOf: RenderContext['nameOf']
  readonly warn: Warn
}

/** Where a platform takes each kind of artifact; what is missing it does not have. */
export type Places = {
  /** A folder of folders. */
  readonly skills?: string
  readonly commands?: FilePlace<Command> | CommandsAsSkills
  readonly agents?: FilePlace<Agent>
  readonly rules?: FilePlace<Rule> | BlockPlace<Rule>
  /** A package's AGENTS.md. */
  readonly context?: FilePlace<string> | BlockPlace<string>
  readonly hooks?: (hooks: readonly Hook[], context: RunContext) => readonly Placement[]
  readonly servers?: (
    servers: readonly Server[],
    inputs: readonly ServerInput[],
    context: RunContext,
  ) => readonly (Placement & { readonly name: string })[]
}

/**
 * The platform has no commands, and takes them as skills that it starts only when it is told to. `name` in the context is that
 * of the skill; paths of the result are relative to its folder.
 */
export type CommandsAsSkills = { readonly asSkill: (command: Command, context: RenderContext) => readonly PlacedFile[] }

export type Platform = {
  readonly id: string
  /** As its makers write it. */
  readonly title: string
  /** Files and folders (these end in `/`) of a project that say its people use this platform, best first. */
  readonly signals: readonly string[]
  /** The same in a home, as `Places` at user level are written. */
  readonly userSignals: readonly string[]
  readonly project: Places
  /**
   * Paths are relative to the home folder. One that begins with `{NAME}` is relative to the folder that the environment variable
   * names; what follows in `{NAME|.claude}` is used when it is not set.
   */
  readonly user: Places
  /** Where it reads skills too, besides `skills` of its places. */
  readonly alsoReads: Readonly<Record<Level, readonly string[]>>
  /** Features that are only on when asked for, because nobody could check them: id and what it is. */
  readonly unverified: readonly { readonly id: string; readonly about: string }[]
}
