// How the CLI is bundled: into one file, packages/cli/dist/bin.cjs.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = new URL('../packages/cli/', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('package.json', cli), 'utf8'))

/** @satisfies {import('esbuild').BuildOptions} */
export const BUILD_OPTIONS = {
  entryPoints: {
    bin: fileURLToPath(new URL('src/bin.ts', cli)),
    'unpack-helper': fileURLToPath(new URL('src/unpack-helper.ts', cli)),
  },
  charset: 'ascii',
  outdir: fileURLToPath(new URL('dist', cli)),
  bundle: true,
  // One CommonJS file: Node reads it at once, without the ES module loader's round trips, and what is imported
  // dynamically is evaluated only when it is asked for.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node20.19',
  conditions: ['@aam/source'],
  // The ES modules of a library can be taken apart; its CommonJS cannot.
  mainFields: ['module', 'main'],
  define: { AAM_VERSION: JSON.stringify(version) },
  legalComments: 'linked',
  minifyWhitespace: true,
  logLevel: 'warning',
}
