import { claude } from './claude.ts'
import { codex } from './codex.ts'
import { copilot } from './copilot.ts'
import { cursor } from './cursor.ts'
import { gemini } from './gemini.ts'
import { opencode } from './opencode.ts'
import type { Platform } from './platform.ts'
import { universal } from './universal.ts'
import { windsurf } from './windsurf.ts'

/** The platforms that come with aam, in the order in which they are shown. */
export const PLATFORMS: readonly Platform[] = [claude, cursor, copilot, codex, gemini, opencode, windsurf, universal]
