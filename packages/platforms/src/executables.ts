/** What a package would run, contact or let run, in lines that a person approves. */
import { compareText } from '@aam/core'
import type { Artifacts, Hook, Server, ServerInput } from './artifacts.ts'
import type { ApprovalItem } from './deploy/approvals.ts'

/**
 * Everything executable of a package, sorted by id: `hook pre-tool-use Bash #1`, `server github`, `input token`,
 * `file hooks/scripts/check.sh`. Ids and texts are one printable line. Whatever could change what runs changes an item: two
 * packages with the same items run the same.
 *
 * @param digest of the bytes of a file; no two contents may share one
 */
export function gatherApprovalItems(artifacts: Artifacts, digest: (bytes: Uint8Array) => string): ApprovalItem[] {
  return [
    ...hookItems(artifacts.hooks),
    ...artifacts.servers.map(server => ({ id: `server ${word(server.name)}`, text: describeServer(server) })),
    ...artifacts.inputs.map(input => ({ id: `input ${word(input.id)}`, text: describeInput(input) })),
    ...artifacts.runFiles.map(({ path, executable, data }) => ({
      id: `file ${word(path)}`,
      text: `${executable ? 'executable' : 'may be read or run'}, ${String(data.length)} bytes, ${word(digest(data))}`,
    })),
  ].sort((a, b) => compareText(a.id, b.id))
}

/** Hooks of one event and matcher are numbered in their order, which is the order in which they run. */
function hookItems(hooks: readonly Hook[]): ApprovalItem[] {
  const counts = new Map<string, number>()
  return hooks.map(hook => {
    const place = `hook ${word(hook.event)} ${hook.matcher === undefined ? '*' : word(hook.matcher)}`
    const number = (counts.get(place) ?? 0) + 1
    counts.set(place, number)
    return { id: `${place} #${String(number)}`, text: describeHook(hook) }
  })
}

/** When a hook runs, for people. `TOOL` is where the matcher goes. */
const WHEN: Readonly<Record<string, string>> = {
  'pre-tool-use': 'before each TOOL',
  'permission-request': 'when permission is asked for each TOOL',
  'post-tool-use': 'after each TOOL',
  'pre-prompt': 'before each prompt',
  'session-start': 'when a session starts',
  'session-end': 'when a session ends',
  stop: 'when the agent stops',
  'sub-agent-end': 'when a sub-agent ends',
  'pre-compact': 'before the context is compacted',
  notification: 'on each notification',
}

function describeHook({ event, matcher, action, timeout }: Hook): string {
  const does = action.type === 'command' ? `runs ${quoted(action.command)}` : `asks the model ${quoted(action.prompt)}`
  const when = Object.hasOwn(WHEN, event) ? (WHEN[event] ?? '') : `on the event ${quoted(event)}`
  const tool =
    matcher === undefined
      ? 'tool'
      : /^\w+$/.test(matcher) && matcher !== 'tool'
        ? matcher
        : `tool like ${quoted(matcher)}`
  const filter = when.includes('TOOL') || matcher === undefined ? '' : ` like ${quoted(matcher)}`
  const limit = timeout === undefined ? '' : `, for ${String(timeout)} seconds at most`
  return `${does} ${when.replace('TOOL', () => tool)}${filter}${limit}`
}

function describeServer(server: Server): string {
  if (server.type !== 'stdio') {
    return `contacts ${word(server.url)} (${server.type})${described('headers', server.headers)}`
  }
  const { command, args, env, envFile, cwd } = server
  return [
    `starts ${[command, ...args].map(word).join(' ')}`,
    cwd === undefined ? '' : `; in ${word(cwd)}`,
    described('variables', env),
    envFile === undefined ? '' : `; variables of ${word(envFile)}`,
  ].join('')
}

/** Names and values, sorted by name: their order says nothing. */
function described(what: string, values: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(values).sort(([a], [b]) => compareText(a, b))
  const texts = pairs.map(([name, value]) => `${name.includes('=') ? quoted(name) : word(name)}=${word(value)}`)
  return pairs.length === 0 ? '' : `; ${what} ${texts.join(' ')}`
}

function describeInput({ description, password }: ServerInput): string {
  return `asks for ${quoted(description)}${password ? ', hidden while typed' : ''}`
}

/**
 * A text as one word: as it is when it has neither blanks nor quotes nor anything that cannot be seen, else quoted. Different
 * texts are different words, and none begins a new part of a line, as `;` does.
 */
function word(text: string): string {
  return /^[\w@%+=:,./${}*?!~^&<>|()[\]-]+$/.test(text) ? text : quoted(text)
}

/** A text in quotes, with escapes for everything that moves the cursor or cannot be seen. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}]/gu, character =>
    character === ' ' ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}
