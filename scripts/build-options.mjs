// How the CLI is bundled: into one file, packages/cli/dist/bin.cjs; and the registry server beside it, into server.cjs.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const cli = new URL('../packages/cli/', import.meta.url)
const { version } = JSON.parse(readFileSync(new URL('package.json', cli), 'utf8'))

/** @satisfies {import('esbuild').BuildOptions} */
const COMMON = {
  charset: 'ascii',
  outdir: fileURLToPath(new URL('dist', cli)),
  bundle: true,
  // CommonJS: Node reads it at once, without the ES module loader's round trips, and what is imported dynamically is
  // evaluated only when it is asked for.
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  platform: 'node',
  target: 'node20.19',
  conditions: ['@aam/source'],
  legalComments: 'linked',
  minifyWhitespace: true,
  logLevel: 'warning',
}

/** The server is a file of its own: only `aam registry serve` and its like load it, and the libraries it needs. */
const serverApart = {
  name: 'server-apart',
  setup: build => {
    build.onResolve({ filter: /^@aam\/server$/ }, () => ({ path: './server.cjs', external: true }))
  },
}

/** @satisfies {import('esbuild').BuildOptions} */
export const BUILD_OPTIONS = {
  ...COMMON,
  entryPoints: {
    bin: fileURLToPath(new URL('src/bin.ts', cli)),
    'unpack-helper': fileURLToPath(new URL('src/unpack-helper.ts', cli)),
  },
  // The ES modules of a library can be taken apart; its CommonJS cannot.
  mainFields: ['module', 'main'],
  define: { AAM_VERSION: JSON.stringify(version) },
  // What is left outside is required: code that V8 kept from an earlier run cannot import.
  supported: { 'dynamic-import': false },
  plugins: [serverApart],
}

/** Our own packages in one file; libraries stay where npm puts them, one of them has native code. */
const librariesApart = {
  name: 'libraries-apart',
  setup: build => {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@aam/') ? undefined : { path, external: true },
    )
  },
}

/** @satisfies {import('esbuild').BuildOptions} */
export const SERVER_BUILD_OPTIONS = {
  ...COMMON,
  entryPoints: { server: fileURLToPath(new URL('../packages/server/src/index.ts', import.meta.url)) },
  plugins: [librariesApart],
}
