/**
 * Every failure a user can meet, in one table. A row turns typed facts into a message (what happened, to what), a hint
 * (what to do next), an HTTP status and an exit code; the CLI, its JSON output and `docs/errors.md` derive from it.
 * Exit codes: 1 the thing asked for failed, 2 the command was used wrongly, 130 interrupted.
 */

/** A place in a text file. `line` and `column` count from 1; `field` is a path like `dependencies.git-utils`. */
export type Place = {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
  readonly field?: string | undefined
}

/** One thing that is wrong with a file, as `validate` and the decoders report it. */
export type Problem = {
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly hint?: string | undefined
} & Partial<Place>

type Row<F> = {
  /** A function of the facts where the same failure can be met in reading and in changing. */
  readonly http: number | ((facts: F) => number)
  readonly exit: 1 | 2 | 130
  readonly message: (facts: F) => string
  readonly hint?: (facts: F) => string | undefined
}

const row = <F>(definition: Row<F>): Row<F> => definition

type Text = { readonly text: string; readonly why?: string }
type NoFacts = Readonly<Record<string, never>>
type PackageVersion = { readonly name: string; readonly version: string }

export const failures = {
  // ── words a user types ────────────────────────────────────────────────────────────────────────────────────────────
  USAGE: row<{ message: string; hint?: string }>({
    http: 400,
    exit: 2,
    message: f => f.message,
    hint: f => f.hint,
  }),
  NAME_INVALID: row<Text>({
    http: 422,
    exit: 2,
    message: f => `Invalid package name '${f.text}'${because(f.why)}`,
    hint: () => 'names look like code-review or @team/code-review: lower-case letters, digits and single hyphens',
  }),
  VERSION_INVALID: row<Text>({
    http: 422,
    exit: 2,
    message: f => `Invalid version '${f.text}'${because(f.why)}`,
    hint: () => 'versions follow SemVer 2.0, for example 1.2.0 or 2.0.0-beta.1',
  }),
  RANGE_INVALID: row<Text>({
    http: 422,
    exit: 2,
    message: f => `Invalid version range '${f.text}'${because(f.why)}`,
    hint: () => 'ranges look like ^1.2.0, ~1.2.0, >=1.0.0 <2.0.0 or *',
  }),
  TAG_INVALID: row<Text>({
    http: 422,
    exit: 2,
    message: f => `Invalid tag name '${f.text}'`,
    hint: f =>
      `${f.why === undefined ? '' : `${f.why}; `}tags are lower-case letters, digits and hyphens, at most 32, for example bank-approved`,
  }),
  SPECIFIER_INVALID: row<Text>({
    http: 422,
    exit: 2,
    message: f => `Cannot read '${f.text}' as a package${because(f.why)}`,
    hint: () => 'write name, name@version, name@range or name@tag, for example @team/review@^1.2.0',
  }),
  DEPRECATION_INVALID: row<{ why: string }>({
    http: 422,
    exit: 2,
    message: f => `Invalid deprecation message: ${f.why}`,
    hint: () => 'say in one line what to use instead, for example "use version 2"; --undo takes a deprecation back',
  }),
  INTEGRITY_INVALID: row<Text>({
    http: 422,
    exit: 1,
    message: f => `Invalid integrity '${f.text}'${because(f.why)}`,
    hint: () => 'an integrity is sha256- followed by the digest in base64',
  }),

  // ── files a user writes ───────────────────────────────────────────────────────────────────────────────────────────
  FILE_INVALID: row<{ what: string; file: string; problems: readonly Problem[] }>({
    http: 422,
    exit: 1,
    message: f => `${f.what} ${f.file} is not valid\n${f.problems.map(formatProblem).join('\n')}`,
    hint: f =>
      f.problems.find(problem => problem.hint !== undefined)?.hint ?? 'correct it, then run the same command again',
  }),
  FILE_TOO_LARGE: row<{ file: string; size: number; limit: number }>({
    http: 413,
    exit: 1,
    message: f => `${f.file} has ${String(f.size)} bytes; at most ${String(f.limit)} are read`,
    hint: () => 'is it the right file?',
  }),
  MANIFEST_MISSING: row<{ folder: string }>({
    http: 422,
    exit: 1,
    message: f => `No package.agent.json in ${f.folder} or any folder above it`,
    hint: () => 'run `aam init` to create a package, or `aam install <name>` to start a project with one',
  }),
  MANIFEST_EXISTS: row<{ file: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.file} already exists`,
    hint: () => 'edit it, or run `aam validate` to check it',
  }),
  IMPORT_NOTHING: row<{
    source: string
    leftOut: readonly { file: string; why: string }[]
    plugins: readonly string[]
  }>({
    http: 422,
    exit: 1,
    message: f =>
      `There is nothing to import in ${f.source}${f.leftOut.map(({ file, why }) => `\n  ${file}: ${why}`).join('')}`,
    hint: f =>
      f.plugins.length > 0
        ? `it is a marketplace; import its plugins one by one: ${f.plugins.slice(0, 3).join(', ')}${f.plugins.length > 3 ? ', …' : ''}`
        : 'name a folder that has .claude, .cursor, .github, .vscode/mcp.json, .agents/skills, a Claude plugin, or folders with a SKILL.md',
  }),
  IMPORT_TARGET_TAKEN: row<{ folder: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.folder} is already there and not an empty folder`,
    hint: () => 'name another folder with --out; nothing was changed',
  }),
  VALIDATION_FAILED: row<{ file: string; problems: readonly Problem[] }>({
    http: 422,
    exit: 1,
    message: f => {
      const errors = f.problems.filter(problem => problem.severity === 'error')
      return `${f.file} has ${count(errors.length, 'error')}\n${errors.map(formatProblem).join('\n')}`
    },
    hint: () => 'run `aam validate` after each fix',
  }),
  CONFIG_INVALID: row<{ file: string; field: string; why: string; line?: number | undefined }>({
    http: 422,
    exit: 1,
    message: f => `${f.file}${f.line === undefined ? '' : `:${String(f.line)}`}: ${f.field}: ${f.why}`,
    hint: () => 'see docs/configuration.md for the settings there are',
  }),
  SETTING_UNKNOWN: row<{ key: string; suggestions: readonly string[] }>({
    http: 400,
    exit: 2,
    message: f => `There is no setting '${f.key}'`,
    hint: f =>
      f.suggestions.length > 0
        ? `did you mean ${f.suggestions.join(' or ')}?`
        : 'run `aam config list` to see the settings there are',
  }),
  SETTING_UNSET: row<{ key: string }>({
    http: 404,
    exit: 1,
    message: f => `${f.key} is not set`,
    hint: f => `set it with \`aam config set ${f.key} <value>\``,
  }),

  // ── locks ─────────────────────────────────────────────────────────────────────────────────────────────────────────
  LOCK_CONFLICTED: row<{ file: string; line: number; why?: string; names?: readonly string[] }>({
    http: 409,
    exit: 1,
    message: f =>
      `${f.file} has Git conflict markers (line ${String(f.line)})${f.why === undefined ? '' : ` that cannot be merged: ${f.why}`}${f.names?.length ? `: ${f.names.join(', ')}` : ''}`,
    hint: f =>
      f.why === undefined
        ? 'run `aam install` to merge the two sides'
        : `run \`git checkout --ours -- ${f.file}\` (or --theirs), then \`aam install\``,
  }),
  LOCK_VERSION_UNKNOWN: row<{ file: string; version: string }>({
    http: 422,
    exit: 1,
    message: f => `${f.file} has lockVersion ${f.version}; this aam reads 1 and 2`,
    hint: () => 'update aam, or delete the file and run `aam install` to resolve again',
  }),
  LOCK_MISSING: row<{ file: string }>({
    http: 409,
    exit: 1,
    message: f => `There is no ${f.file}`,
    hint: f => `run \`aam install\` once and commit ${f.file}`,
  }),
  LOCK_STALE: row<{ file: string; reasons: readonly string[] }>({
    http: 409,
    exit: 1,
    message: f => `${f.file} does not fit the manifest\n${f.reasons.map(reason => `  ${reason}`).join('\n')}`,
    hint: () => 'run `aam install`, not with --frozen, and commit the new package.agent.lock',
  }),

  // ── archives ──────────────────────────────────────────────────────────────────────────────────────────────────────
  ARCHIVE_INVALID: row<{ archive: string; why: string }>({
    http: 422,
    exit: 1,
    message: f => `${f.archive} is not a valid .aam archive: ${f.why}`,
    hint: () => 'build it again with `aam pack`',
  }),
  ARCHIVE_TOO_LARGE: row<{ archive: string; why: string }>({
    http: 413,
    exit: 1,
    message: f => `${f.archive} is too large: ${f.why}`,
    hint: () => 'leave files out with "files" in package.agent.json; `aam pack --dry-run` lists them',
  }),
  PATH_NOT_PORTABLE: row<{ path: string; why: string }>({
    http: 422,
    exit: 1,
    message: f => `The package cannot be packed: '${f.path}' ${f.why}`,
    hint: () => 'rename it, or leave it out with "files" in package.agent.json',
  }),
  INTEGRITY_MISMATCH: row<
    PackageVersion & {
      expected: string
      actual: string
      from: string
      /** What is expected is what the cache saw there before, not what a lock says. */
      cached?: boolean
    }
  >({
    http: 422,
    exit: 1,
    message: f =>
      `${f.name}@${f.version} is not what it should be: ${f.from} has ${f.actual}, expected ${f.expected}; nothing was unpacked`,
    hint: f =>
      f.cached === true
        ? `it had the other contents when they were installed from it before, and a published version never changes: ask who runs the registry; if it was made anew, run \`aam cache clean ${f.name}@${f.version}\``
        : 'a published version never changes: ask who runs the registry, and do not delete the lock to get past this',
  }),

  // ── registries ────────────────────────────────────────────────────────────────────────────────────────────────────
  REGISTRY_NOT_CONFIGURED: row<NoFacts>({
    http: 400,
    exit: 1,
    message: () => 'No registry is configured',
    hint: () =>
      'run `aam registry init ./registry --default` to start one in a folder, or name one with `aam config set registries.default <registry>`, AAM_REGISTRY or --registry',
  }),
  REGISTRY_NOT_FOUND: row<{ registry: string }>({
    http: 503,
    exit: 1,
    message: f => `There is no registry at ${f.registry}`,
    hint: f => `check the path, or run \`aam registry init ${f.registry}\``,
  }),
  REGISTRY_UNSUPPORTED: row<{ registry: string }>({
    http: 400,
    exit: 1,
    message: f =>
      /^https?:/i.test(f.registry)
        ? `${f.registry} is a registry server, and this works on a registry in a folder`
        : `Cannot use ${f.registry} as a registry`,
    hint: f =>
      /^https?:/i.test(f.registry)
        ? 'give a path or a file:// address'
        : 'give a path, a file:// address, or the address of a server: https://…',
  }),
  REGISTRY_BROKEN: row<{ file: string; why: string }>({
    http: 500,
    exit: 1,
    message: f => `The registry file ${f.file} cannot be read: ${f.why}`,
    hint: () => 'restore the file from a backup or mend it by hand; nothing was changed',
  }),
  REGISTRY_READ_ONLY: row<{
    registry: string
    /** `layout`: the UAAPS layout, which is only read (D6); else the code of the system's error. */
    why: 'layout' | 'EROFS' | 'EACCES' | 'EPERM'
    /** What could not be written. */
    path?: string | undefined
  }>({
    http: 403,
    exit: 1,
    message: f =>
      f.why === 'layout'
        ? `The registry ${f.registry} is read-only: it has the UAAPS layout, which aam reads and does not write`
        : `The registry ${f.registry} is read-only: ${(FILE_SYSTEM_WORDS[f.why] ?? f.why).toLowerCase()}${f.path === undefined ? '' : ` (${f.path})`}`,
    hint: f =>
      `${f.why === 'layout' ? '' : 'installing from it works; to change it, write where it is writable, or take a copy: '}run \`aam registry init <folder>\`, then \`aam registry import ${f.registry} --registry <folder>\``,
  }),
  PACKAGE_NOT_FOUND: row<{
    name: string
    registry: string
    suggestions?: readonly string[]
    chain?: readonly string[]
  }>({
    http: 404,
    exit: 1,
    message: f => `Package ${f.name} not found in ${f.registry}${chainLines(f.chain)}`,
    hint: f =>
      f.suggestions !== undefined && f.suggestions.length > 0
        ? `did you mean ${f.suggestions.join(' or ')}?`
        : 'check the spelling and the registry',
  }),
  VERSION_NOT_FOUND: row<PackageVersion & { nearest?: readonly string[] }>({
    http: 404,
    exit: 1,
    message: f => `${f.name}@${f.version} does not exist`,
    hint: f =>
      f.nearest?.length ? `nearest: ${f.nearest.join(', ')}` : `run \`aam info ${f.name}\` to list its versions`,
  }),
  VERSION_NOT_MATCHED: row<{
    name: string
    range: string
    nearest: readonly string[]
    yanked?: readonly string[]
    otherResolver?: readonly string[]
    chain?: readonly string[]
    /** Where the tag rules stand that left only these versions. */
    limitedBy?: string | undefined
  }>({
    http: 404,
    exit: 1,
    message: f => `No version of ${f.name} matches ${f.range}${chainLines(f.chain)}`,
    hint: f =>
      [
        ...(f.yanked?.length ? [`yanked: ${f.yanked.join(', ')}`] : []),
        ...(f.otherResolver?.length ? [`made for a newer aam: ${f.otherResolver.join(', ')}`] : []),
        f.nearest.length > 0 ? `there are: ${f.nearest.join(', ')}` : `run \`aam info ${f.name}\` to list its versions`,
        ...(f.limitedBy === undefined ? [] : [`the tag rules in ${f.limitedBy} allow no others`]),
      ].join('; '),
  }),
  TAG_NOT_FOUND: row<{ name: string; tag: string; tags: readonly string[] }>({
    http: 404,
    exit: 1,
    message: f => `Tag '${f.tag}' not found for ${f.name}`,
    hint: f => (f.tags.length > 0 ? `tags there are: ${f.tags.join(', ')}` : 'the package has no tags'),
  }),
  TAG_PROTECTED: row<{ name: string; tag: string; version: string | undefined; current: string }>({
    http: 409,
    exit: 1,
    message: f =>
      f.version === undefined ? `Tag '${f.tag}' of ${f.name} is protected` : `Tag '${f.tag}' already exists`,
    hint: f =>
      `${f.version === undefined ? 'it' : 'it is protected and'} points to ${f.current}; add --force to ${f.version === undefined ? 'remove it' : `move it to ${f.version}`}`,
  }),
  APPROVAL_REQUIRED: row<{ name: string; version: string; tag: string; approved: readonly string[] }>({
    http: 403,
    exit: 1,
    message: f => `Tag '${f.tag}' needs an approved version, and ${f.name}@${f.version} is not approved`,
    hint: f =>
      `ask an approver to run \`aam approve ${f.name}@${f.version}\`, then \`aam dist-tag add ${f.name}@${f.version} ${f.tag}\`${f.approved.length > 0 ? `; approved: ${f.approved.slice(-5).join(', ')}` : ''}`,
  }),
  TAG_NOT_ALLOWED: row<{ tag: string; allowed: readonly string[]; by: string; name?: string }>({
    http: 403,
    exit: 1,
    message: f => `Tag '${f.tag}' is not allowed. Allowed: ${f.allowed.length > 0 ? f.allowed.join(', ') : 'none'}`,
    hint: f => `set by ${f.by}${f.name === undefined ? '' : `; ${f.name} was chosen by that tag`}`,
  }),
  TAG_PERMANENT: row<{ name: string; tag: string }>({
    http: 409,
    exit: 1,
    message: f => `Tag '${f.tag}' of ${f.name} cannot be removed`,
    hint: f => `move it instead: \`aam dist-tag add ${f.name}@<version> ${f.tag}\``,
  }),
  PACKAGE_YANKED: row<PackageVersion & { tag?: string }>({
    // Gone only where a tag was followed and nothing may be served.
    http: f => (f.tag === undefined ? 409 : 410),
    exit: 1,
    message: f =>
      `${f.name}@${f.version} was yanked${f.tag === undefined ? '' : ` (tag '${f.tag}' still points to it)`}`,
    hint: f =>
      f.tag === undefined
        ? `run \`aam info ${f.name}\` to choose another version`
        : `move the tag: \`aam dist-tag add ${f.name}@<version> ${f.tag}\``,
  }),
  VERSION_CONFLICT: row<PackageVersion & { published: string; offered: string; imported?: boolean }>({
    http: 409,
    exit: 1,
    message: f =>
      `${f.name}@${f.version} is already published with other contents (${f.published}, this archive is ${f.offered})`,
    hint: f =>
      f.imported === true
        ? 'a published version never changes: find out which registry has the right one, and leave this package out by naming the others'
        : 'a published version never changes: raise "version" in package.agent.json and publish again',
  }),
  PACKAGE_PRIVATE: row<{ name: string; file: string }>({
    http: 403,
    exit: 1,
    message: f => `${f.name} is private and is not published`,
    hint: f => `remove "x-aam": { "private": true } from ${f.file} if it is meant for others`,
  }),

  // ── a registry server: who may do what ────────────────────────────────────────────────────────────────────────────
  UNAUTHORIZED: row<{
    why: 'missing' | 'invalid' | 'expired' | 'disabled' | 'password' | 'malformed'
    registry?: string
  }>({
    http: 401,
    exit: 1,
    message: f => `${UNAUTHORIZED_WORDS[f.why]}${f.registry === undefined ? '' : ` at ${f.registry}`}`,
    hint: f =>
      f.why === 'disabled'
        ? 'ask an admin to run `aam user enable <name>`'
        : f.why === 'password'
          ? 'check both; an admin can set a new password with `aam user password <name>`'
          : 'sign in with `aam login`, or set AAM_TOKEN to a token from `aam token create`',
  }),
  FORBIDDEN: row<
    | { doing: string; needs: string; user: string; owners?: readonly string[] }
    | { /** Why the token is not good for it. */ token: string }
  >({
    http: 403,
    exit: 1,
    message: f =>
      'token' in f
        ? `Permission denied: this token does not allow it: ${f.token}`
        : `Permission denied: ${f.doing} needs ${f.needs}, and ${f.user} is not`,
    hint: f =>
      'token' in f
        ? 'use another token, or sign in with `aam login`; `aam token ls` shows what each is for'
        : f.owners !== undefined && f.owners.length > 0
          ? `ask ${f.owners.join(' or ')}; \`aam whoami\` says who you are here`
          : '`aam whoami` says who you are here, and `aam user ls` who has which role',
  }),
  RATE_LIMITED: row<{ what: string; seconds: number }>({
    http: 429,
    exit: 1,
    message: f => `Too many ${f.what}`,
    hint: f => `wait ${count(f.seconds, 'second')}, then try again`,
  }),
  USER_NOT_FOUND: row<{ user: string }>({
    http: 404,
    exit: 1,
    message: f => `There is no user '${f.user}'`,
    hint: () => 'check the spelling; `aam user ls` lists them for an admin',
  }),
  USER_EXISTS: row<{ user: string }>({
    http: 409,
    exit: 1,
    message: f => `There is a user '${f.user}' already`,
    hint: () => 'choose another name, or sign in with `aam login`',
  }),
  USER_INVALID: row<Text>({
    http: 422,
    exit: 2,
    message: f => `Invalid user name '${f.text}'${because(f.why)}`,
    hint: () => 'user names look like ann or ann-lee: lower-case letters, digits, hyphens and underscores, at most 64',
  }),
  PASSWORD_INVALID: row<{ why: string }>({
    http: 422,
    exit: 2,
    message: f => `This password is not accepted: ${f.why}`,
    hint: () => 'take a long sentence, or what a password manager makes',
  }),
  REGISTRATION_CLOSED: row<NoFacts>({
    http: 403,
    exit: 1,
    message: () => 'This registry lets nobody register',
    hint: () => 'ask an admin to run `aam register <name>` for you',
  }),
  ROLE_UNKNOWN: row<{ role: string; known: readonly string[] }>({
    http: 422,
    exit: 2,
    message: f => `There is no role '${f.role}'`,
    hint: f => `there are ${f.known.join(', ')}`,
  }),
  LAST_ADMIN: row<{ user: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.user} is the last admin who can sign in`,
    hint: () => 'make somebody else an admin first: `aam user role <name> admin`',
  }),
  LAST_OWNER: row<{ name: string; user: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.user} is the last owner of ${f.name}`,
    hint: f => `make somebody else one first: \`aam owner add ${f.name} <user>\``,
  }),
  NOT_A_MEMBER: row<{ name: string; user: string; members: readonly string[] }>({
    http: 404,
    exit: 1,
    message: f => `${f.user} is neither owner nor maintainer of ${f.name}`,
    hint: f => (f.members.length > 0 ? `there are ${f.members.join(', ')}` : 'nobody is'),
  }),
  TOKEN_NOT_FOUND: row<{ id: string }>({
    http: 404,
    exit: 1,
    message: f => `You have no token '${f.id}'`,
    hint: () => 'run `aam token ls` for those you have',
  }),
  TOKEN_INVALID: row<{ why: string }>({
    http: 422,
    exit: 2,
    message: f => `This token cannot be made: ${f.why}`,
    hint: () => 'run `aam token create --help`',
  }),
  VISIBILITY_SETTLED: row<{ name: string; visibility: string; asked: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.name} is ${f.visibility}, and publishing does not make it ${f.asked}`,
    hint: f => `publish without --access, or run \`aam access ${f.name} ${f.asked}\` first; nothing was published`,
  }),
  APPROVAL_OWN: row<PackageVersion>({
    http: 403,
    exit: 1,
    message: f => `Permission denied: ${f.name}@${f.version} was published by you, and somebody else has to approve it`,
    hint: () => 'ask another approver; the server allows approving what is your own with ALLOW_SELF_APPROVAL=true',
  }),
  VERSION_REFUSED: row<PackageVersion>({
    http: 409,
    exit: 1,
    message: f => `${f.name}@${f.version} was rejected`,
    hint: () => 'mend the package and publish it again: its number is free',
  }),
  VERSION_WAITING: row<PackageVersion & { tag?: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.name}@${f.version} waits for approval`,
    hint: f => `nobody sees it before an approver runs \`aam approve ${f.name}@${f.version}\``,
  }),
  ADVISORY_INVALID: row<{ why: string }>({
    http: 422,
    exit: 1,
    message: f => `This is not an advisory in the OSV format: ${f.why}`,
    hint: () => 'see https://ossf.github.io/osv-schema/',
  }),
  SIGNATURE_NOT_FOUND: row<PackageVersion & { what: 'signature' | 'provenance' }>({
    http: 404,
    exit: 1,
    message: f => `${f.name}@${f.version} has no ${f.what}`,
    hint: () => 'it was published without one',
  }),

  // ── a registry server: requests ───────────────────────────────────────────────────────────────────────────────────
  REQUEST_INVALID: row<{ what: string; problems: readonly string[] }>({
    http: 400,
    exit: 1,
    message: f => `${f.what} is not valid${f.problems.map(problem => `\n  ${problem}`).join('')}`,
    hint: () => 'docs/http-api.md and /openapi.json say what is expected',
  }),
  ROUTE_NOT_FOUND: row<{ path: string }>({
    http: 404,
    exit: 1,
    message: f => `There is nothing at ${f.path}`,
    hint: () => 'docs/http-api.md and /openapi.json list the addresses there are',
  }),
  METHOD_NOT_ALLOWED: row<{ method: string; path: string; allowed: readonly string[] }>({
    http: 405,
    exit: 1,
    message: f => `${f.method} cannot be used at ${f.path}`,
    hint: f => `there is ${f.allowed.join(', ')}`,
  }),
  NOT_ACCEPTABLE: row<{ accept: string }>({
    http: 406,
    exit: 1,
    message: f => `Nothing here is ${f.accept}`,
    hint: () => 'ask for application/vnd.uaaps.v1+json or application/json',
  }),
  MEDIA_TYPE_UNSUPPORTED: row<{ type: string; expected: string }>({
    http: 415,
    exit: 1,
    message: f => `The body of the request is ${f.type === '' ? 'of no type' : f.type}, and ${f.expected} is expected`,
    hint: () => 'set Content-Type to what the body is',
  }),
  BODY_TOO_LARGE: row<{ limit: number }>({
    http: 413,
    exit: 1,
    message: f => `The body of the request has more than ${String(f.limit)} bytes`,
    hint: () => 'an archive is limited by MAX_ARCHIVE_SIZE of the server',
  }),
  BODY_TOO_SLOW: row<{ seconds: number }>({
    http: 408,
    exit: 1,
    message: f => `The body of the request did not arrive within ${count(f.seconds, 'second')}`,
    hint: () => 'check the connection, then run the same command again',
  }),
  REGISTRY_UNAVAILABLE: row<{ why: string; seconds?: number }>({
    http: 503,
    exit: 1,
    message: f => `The registry cannot do that now: ${f.why}`,
    hint: () => 'nothing was changed; try again in a moment, or ask who runs the registry',
  }),
  REGISTRY_FULL: row<{ what: string }>({
    http: 507,
    exit: 1,
    message: f => `The registry has no room left: ${f.what}`,
    hint: () => 'nothing was changed, and reading goes on; ask who runs the registry to free some space',
  }),

  // ── a registry server, run by somebody ────────────────────────────────────────────────────────────────────────────
  SERVER_SETTING_INVALID: row<{ name: string; why: string }>({
    http: 500,
    exit: 2,
    message: f => `${f.name}: ${f.why}`,
    hint: () => 'run `aam registry serve --help` for the settings there are',
  }),
  SERVER_PORT_TAKEN: row<{ host: string; port: number }>({
    http: 500,
    exit: 1,
    message: f => `Port ${String(f.port)} of ${f.host} is in use`,
    hint: f => `stop what uses it, or choose another: --port ${String(f.port + 1)}`,
  }),
  STORE_TOO_NEW: row<{ file: string; version: number; known: number }>({
    http: 500,
    exit: 1,
    message: f =>
      `${f.file} was written by a newer aam (schema ${String(f.version)}; this one knows ${String(f.known)})`,
    hint: () => 'update aam',
  }),
  STORE_NOT_FOUND: row<{ folder: string }>({
    http: 500,
    exit: 1,
    message: f => `There is no registry server's data in ${f.folder}`,
    hint: () => 'name the folder that `aam registry serve` prints as its data, with --data',
  }),
  STORE_NOT_EMPTY: row<{ folder: string }>({
    http: 500,
    exit: 1,
    message: f => `${f.folder} is not empty`,
    hint: () => 'name a new folder; nothing was changed',
  }),
  BACKUP_INVALID: row<{ folder: string; why: string }>({
    http: 500,
    exit: 1,
    message: f => `${f.folder} is not a whole backup: ${f.why}`,
    hint: () => 'make it again with `aam registry backup`; nothing was changed',
  }),

  // ── a registry server, seen from outside ──────────────────────────────────────────────────────────────────────────
  REGISTRY_UNREACHABLE: row<{ registry: string; why: string; tries: number }>({
    http: 503,
    exit: 1,
    message: f => `Cannot reach ${f.registry}: ${f.why}${f.tries > 1 ? ` (tried ${String(f.tries)} times)` : ''}`,
    hint: () => 'check the address, the network and HTTPS_PROXY; with --offline only what is cached is used',
  }),
  REGISTRY_REFUSED: row<{ registry: string; status: number; message: string; hint?: string; requestId?: string }>({
    http: 502,
    exit: 1,
    message: f => `${f.registry} answered ${String(f.status)}: ${f.message}`,
    hint: f =>
      f.hint ?? `ask who runs the registry${f.requestId === undefined ? '' : `; the request was ${f.requestId}`}`,
  }),
  REGISTRY_ANSWER_INVALID: row<{ url: string; why: string }>({
    http: 502,
    exit: 1,
    message: f => `${f.url} did not answer as a registry does: ${f.why}`,
    hint: () => 'is it the address of a registry? `aam registry serve` prints its own',
  }),
  REGISTRY_NO_SERVER: row<{ doing: string; registry: string; instead: string }>({
    http: 400,
    exit: 1,
    message: f => `${f.doing} needs a registry server, and ${f.registry} is a folder`,
    hint: f => `${f.instead}; \`aam registry serve\` starts a server`,
  }),

  // ── policies ──────────────────────────────────────────────────────────────────────────────────────────────────────
  POLICY_TAG_REQUIRED: row<{ name: string; tags: readonly string[]; from: string }>({
    http: 403,
    exit: 1,
    message: () => 'Direct version install not allowed. Use a tag.',
    hint: f =>
      `set by install_policy.require_tag in ${f.from}; for example: \`aam install ${f.name}@${f.tags[0] ?? 'stable'}\``,
  }),
  POLICY_TAG_EXCLUDED: row<PackageVersion & { range: string; tag: string; from: string }>({
    http: 403,
    exit: 1,
    message: f => `${f.name} ${f.range} leaves out ${f.version}, which is what tag '${f.tag}' names`,
    hint: f =>
      `install_policy.require_tag in ${f.from} binds direct dependencies to a tag; run \`aam install ${f.name}@${f.tag}\``,
  }),
  POLICY_TAG_UNRECORDED: row<{ name: string; file: string; from: string }>({
    http: 403,
    exit: 1,
    message: f => `${f.name} was locked without a tag, and policy asks for one`,
    hint: f =>
      `set by install_policy.require_tag in ${f.from}; run \`aam install\` without --frozen and commit ${f.file}`,
  }),
  POLICY_BLOCKED: row<{ name: string; pattern: string; from: string; chain?: readonly string[] }>({
    http: 403,
    exit: 1,
    message: f => `Package ${f.name} is blocked${chainLines(f.chain)}`,
    hint: f => `set by install_policy.blocked_packages in ${f.from}: '${f.pattern}'`,
  }),
  POLICY_SCOPE: row<{ name: string; allowed: readonly string[]; from: string; chain?: readonly string[] }>({
    http: 403,
    exit: 1,
    message: f =>
      `Package ${f.name} is not in an allowed scope. Allowed: ${f.allowed.join(', ')}${chainLines(f.chain)}`,
    hint: f => `set by install_policy.allowed_scopes in ${f.from}`,
  }),

  // ── resolution ────────────────────────────────────────────────────────────────────────────────────────────────────
  DEPENDENCY_CONFLICT: row<{ block: string; facts: unknown }>({
    http: 409,
    exit: 1,
    message: f => f.block,
  }),
  DEPENDENCY_CYCLE: row<{ cycle: readonly string[] }>({
    http: 409,
    exit: 1,
    message: f => `Dependency cycle: ${f.cycle.join(' → ')}`,
    hint: () => 'one of these packages must stop depending on the next',
  }),
  PEER_UNMET: row<{ problems: readonly string[] }>({
    http: 409,
    exit: 1,
    message: f => `Unmet peer dependencies\n${f.problems.map(problem => `  ${problem}`).join('\n')}`,
    hint: () => 'add the peers to "dependencies", or install without --strict-peers',
  }),
  RESOLVER_VERSION_UNKNOWN: row<{ file: string; version: string }>({
    http: 422,
    exit: 1,
    message: f => `${f.file} asks for resolverVersion ${f.version}; this aam knows 1`,
    hint: () => 'update aam, or remove resolverVersion',
  }),
  SELECTION_UNKNOWN: row<{ kind: 'group' | 'extra'; name: string; declared: readonly string[] }>({
    http: 422,
    exit: 1,
    message: f => `There is no ${f.kind} '${f.name}' in this project's manifest`,
    hint: f =>
      f.declared.length > 0
        ? `it has ${f.declared.join(', ')}`
        : `declare it in "${f.kind === 'group' ? 'dependencyGroups' : 'extras'}"`,
  }),
  PEER_UNDECLARED: row<{ name: string; requirers: readonly string[] }>({
    http: 409,
    exit: 1,
    message: f => `${f.requirers.join(' and ')} disagree about ${f.name}, and this project does not say which it takes`,
    hint: f => `declare ${f.name} in "dependencies": with --on-conflict=peer the project decides`,
  }),
  NOT_DIRECT: row<{ name: string; chain: readonly string[] }>({
    http: 409,
    exit: 1,
    message: f => `${f.name} is not a dependency of this project itself: ${f.chain.join(' → ')}`,
    hint: f => `remove ${f.chain[1] ?? 'what needs it'}, or leave it; \`aam why ${f.name}\` shows every way to it`,
  }),
  OFFLINE: row<{ why: string }>({
    http: 503,
    exit: 1,
    message: f => `--offline asks no registry, and ${f.why}`,
    hint: () => 'run the same command once without --offline',
  }),
  NOT_INSTALLED: row<{ name: string; suggestions: readonly string[] }>({
    http: 404,
    exit: 1,
    message: f => `${f.name} is not installed here`,
    hint: f =>
      f.suggestions.length > 0 ? `did you mean ${f.suggestions.join(' or ')}?` : 'run `aam tree` to see what is',
  }),

  NOT_UNPACKED: row<{ names: readonly string[]; file: string }>({
    http: 409,
    exit: 1,
    message: f =>
      `${f.names.slice(0, 3).join(', ')}${f.names.length > 3 ? ' and others' : ''}: in ${f.file} and not installed`,
    hint: () => 'run `aam install`',
  }),
  SKILL_NOT_FOUND: row<{ name: string; suggestions: readonly string[] }>({
    http: 404,
    exit: 1,
    message: f => `No skill '${f.name}' is here: not in the project, your home folder or an installed package`,
    hint: f =>
      f.suggestions.length > 0 ? `did you mean ${f.suggestions.join(' or ')}?` : '`aam status` lists what is deployed',
  }),
  PLATFORM_UNKNOWN: row<{
    platform: string
    from?: string | undefined
    suggestions: readonly string[]
    known: readonly string[]
  }>({
    http: 404,
    exit: 2,
    message: f => `There is no platform '${f.platform}'${f.from === undefined ? '' : `, which ${f.from} names`}`,
    hint: f =>
      f.suggestions.length > 0 ? `did you mean ${f.suggestions.join(' or ')}?` : `there are ${f.known.join(', ')}`,
  }),
  // ── bundles ───────────────────────────────────────────────────────────────────────────────────────────────────────
  BUNDLE_TARGET_UNKNOWN: row<{ target: string; known: readonly string[] }>({
    http: 404,
    exit: 2,
    message: f => `No bundle can be built for '${f.target}'`,
    hint: f => `there are ${f.known.join(', ')}`,
  }),
  BUNDLE_EMPTY: row<PackageVersion & { platform: string }>({
    http: 422,
    exit: 1,
    message: f => `${f.platform} takes nothing of ${f.name}@${f.version}, so there is nothing to put into a bundle`,
    hint: () => '`aam validate` lists what the package has, docs/platforms.md what each platform takes',
  }),
  BUNDLE_INVALID: row<{ bundle: string; why: string }>({
    http: 422,
    exit: 1,
    message: f => `${f.bundle} cannot be used as a bundle: ${f.why}`,
    hint: () => 'build it again with `aam build`',
  }),
  BUNDLE_TAKEN: row<{ name: string; by: 'lock' | 'project' }>({
    http: 409,
    exit: 1,
    message: f =>
      `${f.name} cannot come from a bundle here: ${f.by === 'lock' ? 'it is in package.agent.lock too' : 'it is this project itself'}`,
    hint: f =>
      f.by === 'lock'
        ? `keep one of the two: \`aam uninstall ${f.name}\`, then install the one you want`
        : '`aam deploy` deploys what the project has itself',
  }),

  FILE_NOT_INSTALLED: row<{ file: string; why: string; suggestions: readonly string[] }>({
    http: 404,
    exit: 1,
    message: f => `No installed package has ${f.file}: ${f.why}`,
    hint: f =>
      f.suggestions.length > 0
        ? `did you mean ${f.suggestions.join(' or ')}?`
        : 'give a path, or a part of one such as skills/lint; `aam list` shows the packages',
  }),

  // ── the version of a package, and Git ─────────────────────────────────────────────────────────────────────────────
  VERSION_UNCHANGED: row<PackageVersion & { file: string }>({
    http: 409,
    exit: 1,
    message: f => `${f.name} is at ${f.version} already`,
    hint: () => 'name another version, or a step: patch, minor, major or prerelease',
  }),
  GIT_DIRTY: row<{ files: readonly string[]; more: number; manifest: string }>({
    http: 409,
    exit: 1,
    message: f =>
      `The Git repository has changes that are not committed\n${f.files.map(file => `  ${file}`).join('\n')}${f.more > 0 ? `\n  and ${String(f.more)} more` : ''}`,
    hint: f => `commit or stash them; with --force ${f.manifest} alone is committed, and they stay as they are`,
  }),
  GIT_TAG_EXISTS: row<{ tag: string }>({
    http: 409,
    exit: 1,
    message: f => `The Git tag '${f.tag}' already exists`,
    hint: f => `choose another version, or look at it with \`git show ${f.tag}\`; nothing was changed`,
  }),
  GIT_FAILED: row<{ doing: string; words: string; restored?: string }>({
    http: 500,
    exit: 1,
    message: f =>
      `\`git ${f.doing}\` failed${
        f.words === ''
          ? ''
          : `\n${f.words
              .split('\n')
              .map(line => `  ${line}`)
              .join('\n')}`
      }`,
    hint: f =>
      f.restored === undefined
        ? 'mend that, or give --no-git-tag to leave Git alone'
        : `${f.restored} is as it was before; mend that, or give --no-git-tag to leave Git alone`,
  }),

  // ── the machine ───────────────────────────────────────────────────────────────────────────────────────────────────
  BUSY: row<{ what: string; owner: string; seconds: number }>({
    http: 503,
    exit: 1,
    message: f => `${f.what} is in use by ${f.owner}; gave up after ${String(f.seconds)} s`,
    hint: () => 'wait for it to finish, then run the command again',
  }),
  FILE_SYSTEM: row<{ code: string; path: string; doing: string }>({
    http: 500,
    exit: 1,
    message: f => `${FILE_SYSTEM_WORDS[f.code] ?? f.code}: ${f.path} (${f.doing})`,
    hint: f => FILE_SYSTEM_HINTS[f.code] ?? 'mend what the system complains about, then run the same command again',
  }),
  DECLINED: row<{ what: string }>({
    http: 409,
    exit: 1,
    message: f => f.what,
    hint: () => 'answer yes, or give --yes',
  }),
  INTERRUPTED: row<NoFacts>({
    http: 500,
    exit: 130,
    message: () => 'Interrupted',
    hint: () => 'run the same command again; it carries on from a clean state',
  }),
}

const UNAUTHORIZED_WORDS = {
  missing: 'You are not signed in',
  invalid: 'The token is not valid',
  expired: 'The token has expired',
  disabled: 'This account is disabled',
  password: 'The name or the password is wrong',
  malformed: 'The Authorization header cannot be read',
} as const

const FILE_SYSTEM_WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EPERM: 'Permission denied',
  EROFS: 'The file system is read-only',
  ENOSPC: 'The disk is full',
  EDQUOT: 'The disk quota is used up',
  ENOENT: 'No such file or folder',
  EISDIR: 'A folder is where a file should be',
  ENOTDIR: 'A file is where a folder should be',
  EEXIST: 'Something is already there',
  ENOTEMPTY: 'The folder is not empty',
  ELOOP: 'A link points in a circle',
  ENAMETOOLONG: 'The name is too long for this file system',
  EMFILE: 'Too many files are open',
  EFTYPE: 'Not a file, but a pipe, a socket or a device',
  ENOLINK: 'A link leads nowhere',
  EIO: 'The disk cannot be read or written',
}

const FILE_SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'check who owns it and its mode',
  EPERM: 'check who owns it and its mode',
  EROFS: 'choose another place, or mount it writable',
  ENOSPC: 'free some space, then run the same command again; nothing was left half done',
  EDQUOT: 'free some space, then run the same command again; nothing was left half done',
  ENOENT: 'check the path',
  EISDIR: 'move the folder away',
  ENOTDIR: 'move the file away',
  EEXIST: 'move it away',
  ENOTEMPTY: 'move its contents away',
  ELOOP: 'remove the link',
  EFTYPE: 'move it away',
  ENOLINK: 'mend or remove the link',
  ENAMETOOLONG: 'use a shorter name',
  EMFILE: 'raise the limit with `ulimit -n`',
  EIO: 'check the disk and its connection, then run the same command again; nothing was left half done',
}

export type FailureCode = keyof typeof failures
export type Facts<C extends FailureCode> = (typeof failures)[C] extends Row<infer F> ? F : never

/** A failure from the table, thrown. Anything else that is thrown is a defect of ours, and `main` says so. */
export class AamError<C extends FailureCode = FailureCode> extends Error {
  override readonly name = 'AamError'
  readonly code: C
  readonly facts: Facts<C>
  readonly hint: string | undefined
  readonly exit: number
  readonly http: number

  constructor(code: C, facts: Facts<C>, options?: { readonly cause?: unknown }) {
    const definition = failures[code] as Row<Facts<C>>
    super(clean(definition.message(facts)), options)
    this.code = code
    this.facts = facts
    this.hint = mapDefined(definition.hint?.(facts), clean)
    this.exit = definition.exit
    this.http = typeof definition.http === 'number' ? definition.http : definition.http(facts)
  }
}

/** Throws the failure `code`, made of `facts`. */
export function fail<C extends FailureCode>(code: C, facts: Facts<C>, options?: { readonly cause?: unknown }): never {
  throw new AamError(code, facts, options)
}

/** Whether `error` is one of ours. */
export function isAamError(error: unknown): error is AamError {
  // By name: a program may have been bundled in parts that each have a class of their own.
  return error instanceof Error && error.name === 'AamError' && 'code' in error
}

/** Whether `error` is the failure `code`: the only way to catch one. */
export function isFailure<C extends FailureCode>(error: unknown, code: C): error is AamError<C> {
  return isAamError(error) && error.code === code
}

/** `package.agent.json:7: dependencies.git-utils: …`, indented by two, as failures and `validate` print it. */
export function formatProblem(problem: Problem): string {
  const line = problem.line === undefined ? '' : `:${String(problem.line)}`
  const file = problem.file === undefined ? '' : `${problem.file}${line}: `
  const field = problem.field === undefined || problem.field === '' ? '' : `${problem.field}: `
  return `  ${file}${field}${problem.message}`
}

/** `1 error`, `3 errors`. */
export function count(number: number, noun: string): string {
  return `${String(number)} ${noun}${number === 1 ? '' : 's'}`
}

function because(why: string | undefined): string {
  return why === undefined ? '' : `: ${why}`
}

/** The way from the root to a requirement; nothing for a requirement of the root itself, which its author knows. */
function chainLines(chain: readonly string[] | undefined): string {
  return chain === undefined || chain.length < 3 ? '' : `\n      ${chain.join(' → ')}`
}

function mapDefined<A, B>(value: A | undefined, change: (value: A) => B): B | undefined {
  return value === undefined ? undefined : change(value)
}

const LONGEST_MESSAGE = 8000

/** Text from outside may carry escape sequences or be endless; a message never repeats either. */
function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  const plain = text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
  return plain.length > LONGEST_MESSAGE ? `${plain.slice(0, LONGEST_MESSAGE)}…` : plain
}
