// How the CLI is bundled: into packages/cli/dist, split so that each command loads only what it needs.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = new URL('../packages/cli/', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('package.json', cli), 'utf8'))

export const BUILD_OPTIONS = {
  entryPoints: { bin: fileURLToPath(new URL('src/bin.ts', cli)) },
  outdir: fileURLToPath(new URL('dist', cli)),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@aam/source'],
  // The ES modules of a library can be taken apart; its CommonJS cannot.
  mainFields: ['module', 'main'],
  define: { AAM_VERSION: JSON.stringify(version) },
  // Some libraries are CommonJS only and call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
}
