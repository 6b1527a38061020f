/** Commands that only a registry server answers: why a folder cannot, and what does it there. */

const ACCOUNTS =
  'a registry in a folder has no accounts: whoever may write to the folder may publish, tag and yank, so set who that is with the rights of the folder or of the Git repository it is in'
const APPROVALS =
  'a registry in a folder has no approvals; a tag can be the gate: `aam dist-tag add <name@version> bank-approved` once it was looked at, protected_tags in registry.yaml, and install_policy in the projects'

const INSTEAD = {
  approve: APPROVALS,
  reject: APPROVALS,
  approvals: APPROVALS,
  login: ACCOUNTS,
  logout: ACCOUNTS,
  whoami: ACCOUNTS,
  register: ACCOUNTS,
  token: ACCOUNTS,
  access: ACCOUNTS,
  user: ACCOUNTS,
  owner: `${ACCOUNTS}; the list \`owners\` in metadata.yaml is a note that \`aam info\` shows`,
  'audit-log': 'a registry in a folder keeps no log; where the folder is a Git repository, `git log` is one',
} as const

/** The first word of a command that needs a server. */
export type NeedsServer = keyof typeof INSTEAD

/** The facts of REGISTRY_NO_SERVER for a command. */
export function insteadOf(command: NeedsServer): { readonly doing: string; readonly instead: string } {
  return { doing: `'aam ${command}'`, instead: INSTEAD[command] }
}
