#!/usr/bin/env node
'use strict'
// Plain CommonJS that every Node can read: it says so when Node is too old, answers `--version` before anything else is
// loaded, and starts the built program.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write('Error: aam needs Node.js 20.19 or newer; this is ' + process.versions.node + '\n')
  process.exitCode = 1
} else if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(require('../package.json').version + '\n')
} else {
  import('../dist/bin.js').catch(error => {
    if (error && error.code === 'ERR_MODULE_NOT_FOUND') {
      process.stderr.write('Error: aam is not built\nhint: run `npm ci` or `npm run build` in its folder\n')
      process.exitCode = 1
    } else throw error
  })
}
