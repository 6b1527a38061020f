/** The program: the real world, and `main`. */
import { writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { fail, isAamError } from '@aam/core'
import { main } from './main.ts'
import type { World } from './world.ts'

declare const AAM_VERSION: string
/** Of the bundle, which is CommonJS. */
declare const __dirname: string

function createWorld(): World {
  const { env, stdin, stdout, stderr } = process
  const dumb = (env['CI'] ?? '') !== '' || env['TERM'] === 'dumb'
  return {
    cwd: workingFolder(),
    home:
      env['AAM_HOME'] === undefined || env['AAM_HOME'] === '' ? join(homeFolder(), '.aam') : resolve(env['AAM_HOME']),
    userHome: homeFolder,
    env,
    now: () => new Date(),
    stdout: text => void stdout.write(text),
    stderr: text => void stderr.write(text),
    terminal: {
      interactive: stdin.isTTY && stderr.isTTY && !dumb,
      redraws: stderr.isTTY && !dumb,
      colour: stdout.isTTY && !dumb && (env['NO_COLOR'] ?? '') === '',
      columns: stderr.columns || 80,
    },
    ask: {
      confirm: async (question, initial = true) => {
        const { confirm, isCancel } = await import('@clack/prompts')
        const answer = await confirm({ message: question, initialValue: initial, output: stderr })
        return isCancel(answer) ? fail('INTERRUPTED', {}) : answer
      },
      text: async (question, initial, check) => {
        const { text, isCancel } = await import('@clack/prompts')
        const validate = (answer: string | undefined): string | undefined => check(answer ?? '')
        const answer = await text({ message: question, initialValue: initial, validate, output: stderr })
        return isCancel(answer) ? fail('INTERRUPTED', {}) : answer
      },
      password: async question => {
        const { password, isCancel } = await import('@clack/prompts')
        const answer = await password({ message: question, output: stderr })
        return isCancel(answer) ? fail('INTERRUPTED', {}) : answer
      },
      several: async (question, choices) => {
        const { multiselect, isCancel } = await import('@clack/prompts')
        const options = choices.map(({ value, label }) => ({ value, label }))
        const answer = await multiselect({ message: question, options, required: false, output: stderr })
        return isCancel(answer) ? fail('INTERRUPTED', {}) : answer
      },
    },
    piped: async () => {
      if (stdin.isTTY) return undefined
      const chunks: Buffer[] = []
      for await (const chunk of stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks).toString('utf8')
    },
    stopped: async () =>
      new Promise(resolve => {
        // A second one ends the program at once.
        for (const signal of ['SIGINT', 'SIGTERM'] as const) {
          process.once(signal, () => {
            resolve()
          })
        }
      }),
    helper: join(__dirname, 'unpack-helper.cjs'),
    version: AAM_VERSION,
  }
}

function workingFolder(): string {
  try {
    return process.cwd()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    const path = process.env['PWD'] ?? 'the working folder'
    return fail('FILE_SYSTEM', { code: String(error.code), path, doing: 'work in it' }, { cause: error })
  }
}

function homeFolder(): string {
  const home = process.env['HOME'] === '' ? undefined : (process.env['HOME'] ?? homedir())
  return (
    home ?? fail('USAGE', { message: 'HOME is empty, so there is no place for ~/.aam', hint: 'set HOME or AAM_HOME' })
  )
}

/** A reader that has seen enough (`aam tree | head`) is no failure; output that cannot be written is one. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0)
  try {
    writeSync(2, `Error: The output cannot be written: ${error.code ?? error.message}\n`)
  } catch (second) {
    // stderr may be what cannot be written; then there is nobody left to tell.
    if (!(second instanceof Error)) throw second
  }
  process.exit(1)
}

async function run(): Promise<number> {
  try {
    return await main(createWorld(), process.argv.slice(2))
  } catch (error) {
    // Only making the world can fail here: `main` reports everything else.
    if (!isAamError(error)) throw error
    const { code, message, hint } = error
    if (process.argv.includes('--json')) {
      process.stdout.write(`${JSON.stringify({ error: { code, message, hint } }, undefined, 2)}\n`)
    } else process.stderr.write(`Error: ${message}\n${hint === undefined ? '' : `hint: ${hint}\n`}`)
    return error.exit
  }
}

process.stdout.on('error', endWithReader)
process.stderr.on('error', endWithReader)
// Ctrl-C ends the program at once, wherever it is: whatever was begun is undone or finished by the next run, and locks of
// a process that is gone count for nothing.
void run().then(code => {
  process.exitCode = code
})
