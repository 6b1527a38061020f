import type { Platform } from './platform.ts'
import { contextIn, rulesIn } from './rules.ts'
import { SIGNALS } from './signals.ts'

/** What many agents read and no one of them owns. Nothing shows that a project wants it, so it is never detected. */
export const universal: Platform = {
  id: 'universal',
  title: 'Universal (.agents and AGENTS.md)',
  signals: SIGNALS.universal,
  userSignals: [],
  project: { skills: '.agents/skills', rules: rulesIn('AGENTS.md'), context: contextIn('AGENTS.md') },
  user: { skills: '.agents/skills' },
  alsoReads: { project: [], user: ['.config/agents/skills'] },
  unverified: [],
}
