/** The second yardstick, where somebody has installed it: `npm ci --prefix bench/registry/verdaccio`. */
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Child, startChild } from './child.ts'

const PROGRAM = fileURLToPath(new URL('verdaccio/node_modules/verdaccio/bin/verdaccio', import.meta.url))

/** @returns `undefined` when it is not installed */
export async function startVerdaccio(folder: string): Promise<(Child & { readonly address: string }) | undefined> {
  if (!existsSync(PROGRAM)) return undefined
  const config = join(folder, 'verdaccio.yaml')
  const lines = [
    `storage: ${JSON.stringify(join(folder, 'storage'))}`,
    'auth: { htpasswd: { file: ./htpasswd } }',
    "packages: { '**': { access: $all, publish: $all } }",
    'web: { enable: false }',
    'max_body_size: 100mb',
    'log: { type: stdout, format: json, level: warn }',
  ]
  writeFileSync(config, `${lines.join('\n')}\n`)
  const address = `http://127.0.0.1:${String(await freePort())}`
  const child = await startChild(PROGRAM, {}, ['--config', config, '--listen', address])
  return { ...child, address }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise(resolve => server.close(resolve))
  return port
}
