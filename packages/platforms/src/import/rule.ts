/** Rules and instructions of other tools as rules of a package: when they apply is said in one way (UAAPS 7). */
import type { RuleMode } from '../artifacts.ts'
import { type Converted, firstLine, listField, nameFrom, readDocument, textField } from './document.ts'
import type { SourceId } from './source.ts'

type Fields = Readonly<Record<string, unknown>>
type Apply = { readonly mode: RuleMode; readonly globs: readonly string[] }

/** Fields that say when a rule applies, in any tool. */
const WHEN = new Set(['paths', 'globs', 'alwaysApply', 'applyTo', 'trigger', 'apply'])
const EVERYWHERE = new Set(['**', '**/*', '*'])

/** @param name what its file, or its folder, is called */
export function importRule(source: SourceId, name: string, text: string): Converted {
  const { fields, body } = readDocument(text)
  const own = nameFrom(name) ?? 'rule'
  const { mode, globs } = readApply(source, fields)
  const rest = Object.entries(fields).filter(([key]) => !WHEN.has(key) && key !== 'name' && key !== 'description')
  const title = textField(fields, 'name')
  return {
    name: own,
    document: {
      fields: {
        name: own,
        description: textField(fields, 'description') ?? firstLine(body),
        apply: globs.length === 0 ? { mode } : { mode, globs },
        ...Object.fromEntries(rest),
      },
      body,
    },
    notes: title === undefined || title === own ? [] : [`its name '${title}' became ${own}`],
  }
}

/** When a rule applies, in the words of its tool. */
export function readApply(source: SourceId, fields: Fields): Apply {
  switch (source) {
    case 'cursor':
      return fromCursor(fields)
    case 'github':
      return fromCopilot(fields)
    case 'windsurf':
    case 'agents':
      return fromTrigger(fields)
    default: {
      const globs = listField(fields, 'paths')
      return globs.length === 0 ? { mode: 'always', globs } : { mode: 'files', globs }
    }
  }
}

function fromCursor(fields: Fields): Apply {
  const globs = listField(fields, 'globs')
  if (fields['alwaysApply'] === true || fields['alwaysApply'] === 'true') return { mode: 'always', globs: [] }
  if (globs.length > 0) return { mode: 'files', globs }
  return { mode: textField(fields, 'description') === undefined ? 'manual' : 'intelligent', globs: [] }
}

function fromCopilot(fields: Fields): Apply {
  const globs = listField(fields, 'applyTo')
  if (globs.some(glob => EVERYWHERE.has(glob))) return { mode: 'always', globs: [] }
  if (globs.length > 0) return { mode: 'files', globs }
  return { mode: textField(fields, 'description') === undefined ? 'manual' : 'intelligent', globs: [] }
}

/** Windsurf and Antigravity. One that says nothing is always on. */
function fromTrigger(fields: Fields): Apply {
  const globs = listField(fields, 'globs')
  switch (fields['trigger']) {
    case 'glob':
      return globs.length === 0 ? { mode: 'manual', globs } : { mode: 'files', globs }
    case 'model_decision':
      return { mode: 'intelligent', globs: [] }
    case 'manual':
      return { mode: 'manual', globs: [] }
    default:
      return { mode: 'always', globs: [] }
  }
}
