/** Names of models. Each platform knows its own; with another's it fails when the agent starts, so those are left out. */
import type { Warn } from './platform.ts'
import { oneLine } from './prose.ts'

/** `sonnet` or `claude-sonnet-4-5`, for Claude Code. */
export function claudeModel(model: unknown, warn: Warn): string | undefined {
  return accept(model, warn, name => ALIAS.test(name) || name.includes('claude'))
}

/** Codex runs what OpenAI makes. */
export function codexModel(model: unknown, warn: Warn): string | undefined {
  return accept(model, warn, name => /^(?:gpt|codex|o\d)/.test(name))
}

/** For platforms that run models of many makers, under their full names only. */
export function namedModel(model: unknown, warn: Warn): string | undefined {
  return accept(model, warn, name => !ALIAS.test(name))
}

/** OpenCode wants `anthropic/claude-sonnet-4-5`, and does not start with anything else. */
export function openCodeModel(model: unknown, warn: Warn): string | undefined {
  if (typeof model !== 'string' || model === 'inherit') return undefined
  if (/^[\w.-]+\/[\w.:@/-]+$/.test(model)) return model
  warn(`it names models like anthropic/claude-sonnet-4-5, not ${oneLine(model)}; the usual one is used`)
  return undefined
}

/** Short names that Claude Code gives to models, or to the choice of one. */
const ALIAS = /^(?:sonnet|opus|haiku|opusplan|default|inherit)$/

/** The name without its maker, `anthropic/`, when it is one the platform knows. `inherit` is what happens without a name. */
function accept(model: unknown, warn: Warn, knows: (name: string) => boolean): string | undefined {
  if (typeof model !== 'string' || model === 'inherit') return undefined
  const name = model.replace(/^[a-z][\w-]*\//, '')
  if (knows(name)) return name
  warn(`it cannot run the model ${oneLine(model)}; the usual one is used`)
  return undefined
}
