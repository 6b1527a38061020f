/** Rules as parts of one Markdown file, and what the formats of their own files share (UAAPS 7). */
import type { Rule } from './artifacts.ts'
import { type Fields, writeYaml } from './frontmatter.ts'
import type { BlockPlace, RenderContext, Warn } from './platform.ts'
import { oneLine } from './prose.ts'

/** A place for rules where every rule is always there. */
export function rulesIn(file: string): BlockPlace<Rule> {
  return { file, block: renderRulePart }
}

/** A place for a package's AGENTS.md: word by word. */
export function contextIn(file: string): BlockPlace<string> {
  return { file, block: text => text.trim() || undefined }
}

/**
 * A rule in a file that is read whole: a heading, when it applies, its text. The same for every platform, because several read
 * the same file.
 */
export function renderRulePart(rule: Rule, { name, warn }: RenderContext): string | undefined {
  if (rule.mode === 'manual') {
    warn('it applies only when somebody names it, which a file that is always read cannot express; it is left out')
    return undefined
  }
  return [`## ${name}`, whenOf(rule), rule.body.trim()].filter(part => part !== undefined && part !== '').join('\n\n')
}

/** When a rule applies, for the agent to read; `undefined` when it always does. */
export function whenOf(rule: Rule): string | undefined {
  switch (rule.mode) {
    case 'files':
      return `Applies to files matching ${rule.globs.map(glob => `\`${glob}\``).join(', ')}.`
    case 'intelligent':
      return rule.description === undefined ? undefined : `Use when: ${oneLine(rule.description)}`
    case 'always':
    case 'manual':
      return undefined
  }
}

/**
 * A rule's file with a line `globs` that is not YAML but bare text: Cursor and Windsurf take quotes for part of a pattern and
 * split at every comma, so that patterns are joined without spaces and `{a,b}` is written out.
 */
export function writeRuleFile(fields: Fields, globs: readonly string[], body: string): string {
  return `---\n${writeYaml(fields)}globs: ${globs.join(',')}\n---\n${body}`
}

/** The patterns of a rule that such a line can hold; of others `warn` is told. */
export function bareGlobs({ globs }: Rule, warn: Warn): string[] {
  return globs.flatMap(glob => {
    const patterns = expandBraces(glob)
    if (patterns.every(isBare)) return patterns
    warn(`the pattern ${JSON.stringify(glob)} cannot be written in its list of patterns; it is left out`)
    return []
  })
}

// eslint-disable-next-line no-control-regex
const isBare = (pattern: string): boolean => pattern.trim() === pattern && !/^$|[,"'\u0000-\u001f]/.test(pattern)

const MOST_PATTERNS = 64

/** `*.{ts,tsx}` → `*.ts`, `*.tsx`. Innermost braces first, so that they may be nested; what is too much keeps its braces. */
function expandBraces(glob: string): string[] {
  let patterns = [glob]
  while (patterns.length <= MOST_PATTERNS && patterns.some(pattern => BRACES.test(pattern))) {
    patterns = patterns.flatMap(pattern => {
      const match = BRACES.exec(pattern)
      if (match === null) return [pattern]
      const after = pattern.slice(match.index + match[0].length)
      return (match[1] ?? '').split(',').map(part => `${pattern.slice(0, match.index)}${part}${after}`)
    })
  }
  return patterns
}

const BRACES = /\{([^{},]*(?:,[^{},]*)+)\}/
