import { SERVER_SETTINGS } from '@aam/server'
import { serve as run } from '../actions/serve.ts'
import { defineCommand, option } from '../command.ts'
import { createView, harmless } from '../text/view.ts'

const SETTINGS = Object.entries(SERVER_SETTINGS)
  .map(([name, { help, fallback }]) => `  ${name.padEnd(26)}${help}${fallback === '' ? '' : ` (${fallback})`}`)
  .join('\n')

export const serve = defineCommand<undefined>({
  summary: 'Run a registry server: accounts, approvals, an audit log',
  description: `SQLite and a folder, nothing else has to be installed. The first start makes an admin and prints the password once. Settings come from the environment and from .env in this folder:\n\n${SETTINGS}\n\nThe log is one JSON object a line, on stderr. SIGTERM and Ctrl-C finish what is being answered, then stop.`,
  options: [
    ['--port <port>', 'where to listen; 0 takes a free one'],
    ['--host <address>', 'who can reach it: 0.0.0.0 for everybody'],
    ['--data <folder>', 'the database and the archives; ~/.aam/server when absent'],
  ],
  examples: ['aam registry serve', 'ALLOWED_TAGS=stable,bank-approved aam registry serve --port 8080 --host 0.0.0.0'],
  run: async (context, input) => {
    const { world, settings } = context
    const server = await run(context, {
      port: option(input, 'port'),
      host: option(input, 'host'),
      data: option(input, 'data'),
    })
    const { address, dataFolder, admin } = server
    if (settings.json) {
      const made = admin === undefined ? null : { name: admin.name, password: admin.password ?? null }
      world.stdout(`${JSON.stringify({ address, data: dataFolder, admin: made }, undefined, 2)}\n`)
    } else if (!settings.quiet) {
      const view = createView(world.terminal)
      const lines = [
        `${view.good('✓')} Registry at ${view.bold(address)}, data in ${dataFolder}`,
        ...(admin === undefined
          ? []
          : admin.password === undefined
            ? [`  The first admin is ${admin.name}, with the password of ADMIN_PASSWORD`]
            : [`  The first admin is ${admin.name}, password ${view.bold(admin.password)} (shown only now)`]),
        `  Use it: aam config set registries.default ${address}, then aam login`,
        '  Ctrl-C stops it',
      ]
      world.stdout(`${harmless(lines.join('\n'), world.terminal.colour)}\n`)
    }
    await world.stopped()
    await server.close()
    return undefined
  },
  view: () => [],
})
