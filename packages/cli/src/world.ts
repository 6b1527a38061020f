import type { Change, Review } from '@aam/core'
import type { ApprovalItem, Difference } from '@aam/platforms'
import type { Patch } from './actions/patches.ts'

/** Everything outside: built once for a run, faked in tests. Nothing else reads the clock, the environment or the terminal. */

export type World = {
  readonly cwd: string
  /** `~/.aam`, or what `AAM_HOME` says. */
  readonly home: string
  /** The user's own home folder, where agents keep what is for everything their user does. */
  readonly userHome: () => string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly now: () => Date
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  readonly terminal: {
    /** Whether questions can be asked: input and output are a terminal and this is not CI. */
    readonly interactive: boolean
    /** Whether a line on stderr may be redrawn. */
    readonly redraws: boolean
    readonly colour: boolean
    readonly columns: number
  }
  readonly ask: {
    /** @param initial what Enter says; yes when absent */
    readonly confirm: (question: string, initial?: boolean) => Promise<boolean>
    readonly text: (question: string, initial: string, check: (answer: string) => string | undefined) => Promise<string>
    /** What is typed is not shown. */
    readonly password: (question: string) => Promise<string>
    /** Any number of `choices`, by value. */
    readonly several: (question: string, choices: readonly Choice[]) => Promise<readonly string[]>
  }
  /** What is piped into the program, to its end; `undefined` when nothing is: input is a terminal. */
  readonly piped: () => Promise<string | undefined>
  /** Settles when somebody wants the program to stop: Ctrl-C, or a signal. Until it is asked, those end it at once. */
  readonly stopped: () => Promise<void>
  /** Path of the built `unpack-helper`; `undefined` where the program runs from its sources. */
  readonly helper: string | undefined
  /** Version of this program. */
  readonly version: string
}

/** One of the answers that a question offers. */
export type Choice = { readonly value: string; readonly label: string }

/** What the flags that every command takes say. */
export type Settings = {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly yes: boolean
}

/** What a package runs, and what of that differs from what was approved before. */
export type ExecutableReview = {
  readonly package: string
  readonly items: readonly ApprovalItem[]
  readonly differences: readonly Difference[]
  readonly patches: readonly Patch[]
}

/** What an action tells while it works. It never prints. */
export type Report =
  | { readonly kind: 'progress'; readonly phase: string; readonly done?: number; readonly total?: number }
  | { readonly kind: 'warning'; readonly message: string; readonly hint?: string | undefined }
  | { readonly kind: 'notice'; readonly message: string }
  | { readonly kind: 'detail'; readonly message: string }
  /** What is about to change, before somebody is asked. */
  | {
      readonly kind: 'plan'
      readonly changes: readonly Change[]
      readonly reviews: readonly (Review & { readonly name: string })[]
    }
  /** What a package wants to run, before somebody is asked. */
  | { readonly kind: 'executables'; readonly review: ExecutableReview }
  /** What is about to leave this machine. */
  | { readonly kind: 'files'; readonly files: readonly { readonly path: string; readonly size: number }[] }

/** What an action works with. */
export type Context = {
  readonly world: World
  readonly settings: Settings
  readonly report: (event: Report) => void
}
