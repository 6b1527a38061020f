/** Sending one after the other, or several at once, over connections that are kept. */
import { Agent, request } from 'node:http'

export type Sent = { readonly status: number; readonly headers: NodeJS.Dict<string | string[]>; readonly body: Buffer }
export type Message = {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer
}

const agent = new Agent({ keepAlive: true })

export async function send({ method, url, headers = {}, body }: Message): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Sends what is said, `atOnce` at a time; each has to be answered with 200 or 201. Returns the seconds it took. */
export async function sendAll(messages: readonly Message[], atOnce: number): Promise<number> {
  const start = performance.now()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let message = messages[next++]; message !== undefined; message = messages[next++]) {
      const { status, body } = await send(message)
      if (status !== 200 && status !== 201) {
        throw new Error(`${message.url} was answered with ${String(status)} ${body.toString('utf8').slice(0, 500)}`)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return (performance.now() - start) / 1000
}
