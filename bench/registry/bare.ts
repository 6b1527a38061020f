/**
 * The yardstick: `node:http` and nothing else. `/0`, `/1` … are answers from memory, as another server gave them; what is
 * posted is put on the disk with one fsync.
 */
import { createHash, randomBytes } from 'node:crypto'
import { open, rename } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export type Canned = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Base64. */
  readonly body: string
}

let answers: { readonly status: number; readonly headers: Canned['headers']; readonly body: Buffer }[] = []
const folder = process.env['BARE_FOLDER'] ?? '.'

async function keep(chunks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  const temporary = join(folder, randomBytes(8).toString('hex'))
  const file = await open(temporary, 'wx')
  for await (const chunk of chunks) {
    hash.update(chunk)
    await file.write(chunk)
  }
  await file.sync()
  await file.close()
  const digest = hash.digest('hex')
  await rename(temporary, join(folder, digest))
  return digest
}

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  if (request.method === 'POST') {
    void keep(request).then(digest => response.writeHead(201).end(digest))
    return
  }
  const { status, headers, body } = answers[Number(request.url!.slice(1))]!
  response.writeHead(status, headers)
  response.end(status === 304 ? undefined : body)
})

process.on('message', (canned: readonly Canned[]) => {
  answers = canned.map(each => ({ ...each, body: Buffer.from(each.body, 'base64') }))
  process.send!('ready')
})
server.listen(0, '127.0.0.1', () => {
  process.send!({ address: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}` })
})
