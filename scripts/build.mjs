// Bundles the CLI into packages/cli/dist, split so that each command loads only what it needs.
import { rmSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const cli = new URL('../packages/cli/', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('package.json', cli), 'utf8'))
const outdir = fileURLToPath(new URL('dist', cli))

rmSync(outdir, { recursive: true, force: true })
await build({
  entryPoints: { bin: fileURLToPath(new URL('src/bin.ts', cli)) },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@aam/source'],
  mainFields: ['module', 'main'],
  define: { AAM_VERSION: JSON.stringify(version) },
  // Some of the libraries are CommonJS and call require for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
})
