// The least that anybody has to do to put the skills of installed packages into two folders: read and write every file.
// node bare-copy.cjs <.agent-packages> <target>…
const { mkdirSync, readFileSync, readdirSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const [, , source, ...targets] = process.argv

const copy = (from, to) => {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) copy(join(from, entry.name), join(to, entry.name))
    else writeFileSync(join(to, entry.name), readFileSync(join(from, entry.name)))
  }
}

for (const name of readdirSync(source)) {
  if (name.startsWith('.')) continue
  for (const target of targets) copy(join(source, name, 'skills'), join(target, 'skills'))
  for (const target of targets) copy(join(source, name, 'commands'), join(target, 'commands', name))
}
