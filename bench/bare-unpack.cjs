'use strict'
// The yardstick for installing: the least a Node program can do to unpack the same archives. It reads each, inflates it,
// walks the tar and writes the files, with plain synchronous calls. It checks nothing.
const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')

const [from, to] = process.argv.slice(2)
fs.mkdirSync(to, { recursive: true })
for (const file of fs.readdirSync(from)) {
  if (!file.endsWith('.aam')) continue
  const tar = zlib.gunzipSync(fs.readFileSync(path.join(from, file)))
  const target = path.join(to, file.slice(0, file.indexOf('-sha256-')))
  const made = new Set([target])
  fs.mkdirSync(target)
  for (let at = 0; tar[at] !== 0;) {
    const text = (offset, length) => tar.toString('latin1', at + offset, at + offset + length).replace(/\0.*$/, '')
    const size = parseInt(text(124, 12), 8)
    const name = path.join(target, text(345, 155), text(0, 100))
    const folder = path.dirname(name)
    if (!made.has(folder)) {
      fs.mkdirSync(folder, { recursive: true })
      made.add(folder)
    }
    const handle = fs.openSync(name, 'w')
    fs.writeSync(handle, tar, at + 512, size)
    fs.closeSync(handle)
    at += 512 + Math.ceil(size / 512) * 512
  }
}
