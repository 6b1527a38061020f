import type { Report, Settings, World } from '../world.ts'
import { executableLines } from './executables.ts'
import { fileLines } from './files.ts'
import { planLines } from './install.ts'
import { createView, harmless } from './view.ts'

/** Turns what actions report into lines on stderr. */
export type Reporter = {
  readonly report: (event: Report) => void
  /** Takes a progress line off the terminal; to be called before anything else is printed. */
  readonly clear: () => void
}

const QUIET_AT_FIRST = 250
const ERASE = '\r\u001b[K'

/** One redrawn line for progress, and only on a terminal, and only when the work takes long enough to wonder. */
export function createReporter(world: World, settings: Settings): Reporter {
  const view = createView(world.terminal)
  const start = world.now().getTime()
  let drawn = false
  const clear = (): void => {
    if (drawn) world.stderr(ERASE)
    drawn = false
  }
  const line = (text: string): void => {
    clear()
    world.stderr(`${harmless(text, world.terminal.colour)}\n`)
  }
  const report = (event: Report): void => {
    switch (event.kind) {
      case 'progress': {
        if (settings.quiet || settings.json || !world.terminal.redraws) return
        if (world.now().getTime() - start < QUIET_AT_FIRST) return
        const counted = event.total === undefined ? '' : ` ${String(event.done ?? 0)}/${String(event.total)}`
        world.stderr(`${ERASE}${`${event.phase}${counted}`.slice(0, world.terminal.columns - 1)}`)
        drawn = true
        return
      }
      case 'warning':
        if (settings.quiet) return
        line(`${view.warn('warning:')} ${event.message}`)
        if (event.hint !== undefined) line(`hint: ${event.hint}`)
        return
      case 'notice':
        if (!settings.quiet) line(event.message)
        return
      case 'files':
        if (!settings.quiet) fileLines(event.files).forEach(line)
        return
      case 'plan':
        planLines(event, view).forEach(line)
        return
      case 'executables':
        executableLines(event.review, view).forEach(line)
        return
      case 'detail':
        if (settings.verbose && !settings.quiet) line(view.dim(event.message))
    }
  }
  return { report, clear }
}
