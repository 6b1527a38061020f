// Bundles the CLI.
import { rmSync } from 'node:fs'
import { build } from 'esbuild'
import { BUILD_OPTIONS } from './build-options.mjs'

rmSync(BUILD_OPTIONS.outdir, { recursive: true, force: true })
await build(BUILD_OPTIONS)
