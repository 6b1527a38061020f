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
  start(require('node:path').join(__dirname, '..', 'dist', 'bin.cjs'))
}

// The bundle is run with the machine code that the build kept beside it, which saves compiling it at every start. V8
// itself refuses code that another version of it made, and then compiles as usual.
function start(file) {
  const { readFileSync, writeFileSync } = require('node:fs')
  const { Module, createRequire } = require('node:module')
  const { dirname } = require('node:path')
  const { Script, constants } = require('node:vm')
  const source = read(file, 'latin1')
  if (source === undefined) {
    process.stderr.write('Error: aam is not built\nhint: run `npm ci` or `npm run build` in its folder\n')
    process.exitCode = 1
    return
  }
  const cachedData = read(file + '.cache')
  const importModuleDynamically = constants && constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const script = new Script(Module.wrap(source), { filename: file, cachedData, importModuleDynamically })
  // `scripts/build.mjs` asks for this, once the program has run and knows what it needs.
  if (process.env.AAM_KEEP_MACHINE_CODE === file) {
    process.on('exit', () => writeFileSync(file + '.cache', script.createCachedData()))
  }
  const module_ = { exports: {} }
  script.runInThisContext()(module_.exports, createRequire(file), module_, file, dirname(file))

  function read(path, encoding) {
    try {
      return readFileSync(path, encoding)
    } catch (error) {
      if (error.code === 'ENOENT') return undefined
      throw error
    }
  }
}
