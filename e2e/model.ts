/**
 * A model that clients take for theirs, on this machine only: it asks for the tools that it is told to, each
 * once and when it is offered them, and then is done. What
 * clients sent it is what they read.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type ToolCall = { readonly name: string; readonly input: object }

export type Model = {
  readonly url: string
  /** Bodies of what it was asked, as JSON. */
  readonly asked: readonly string[]
  readonly close: () => void
}

/** As a hook's question wants it answered. */
const ANSWER = '{"ok": true}'
/** Starts a model that speaks the protocols of Anthropic, OpenAI (both) and Google. */
export async function startModel(calls: readonly ToolCall[]): Promise<Model> {
  const asked: string[] = []
  const open = [...calls]
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => {
      const speak = PROTOCOLS.find(([path]) => request.url?.includes(path))?.[1]
      if (speak === undefined || request.method !== 'POST') {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{}')
        return
      }
      asked.push(body)
      const wanted = open.filter(({ name }) => body.includes(`"name":"${name}"`))
      for (const call of wanted) open.splice(open.indexOf(call), 1)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(speak(wanted))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

type Speak = (calls: readonly ToolCall[]) => string

const PROTOCOLS: readonly (readonly [string, Speak])[] = [
  ['/messages', speakAnthropic],
  ['/chat/completions', speakCompletions],
  ['/responses', speakResponses],
  ['treamGenerateContent', speakGoogle],
]

function speakAnthropic(calls: readonly ToolCall[]): string {
  const message = { id: 'm1', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null }
  const text = [{ start: { type: 'text', text: '' }, delta: { type: 'text_delta', text: ANSWER } }]
  const tools = calls.map(({ name, input }, index) => ({
    start: { type: 'tool_use', id: `c${String(index)}`, name, input: {} },
    delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) },
  }))
  const usage = { input_tokens: 1, output_tokens: 1 }
  return events([
    { type: 'message_start', message: { ...message, usage } },
    ...(calls.length === 0 ? text : tools).flatMap(({ start, delta }, index) => [
      { type: 'content_block_start', index, content_block: start },
      { type: 'content_block_delta', index, delta },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: calls.length === 0 ? 'end_turn' : 'tool_use' }, usage },
    { type: 'message_stop' },
  ])
}

function speakCompletions(calls: readonly ToolCall[]): string {
  const tools = calls.map(({ name, input }, index) => ({
    index,
    id: `c${String(index)}`,
    type: 'function',
    function: { name, arguments: JSON.stringify(input) },
  }))
  const delta = calls.length === 0 ? { content: ANSWER } : { tool_calls: tools }
  const chunk = (choice: object): object => ({
    id: 'm1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, ...choice }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  })
  const end = { delta: {}, finish_reason: calls.length === 0 ? 'stop' : 'tool_calls' }
  return `${events([chunk({ delta: { role: 'assistant', ...delta }, finish_reason: null }), chunk(end)])}data: [DONE]\n\n`
}

function speakResponses(calls: readonly ToolCall[]): string {
  const text = { type: 'message', id: 'm1', role: 'assistant', content: [{ type: 'output_text', text: ANSWER }] }
  const tools = calls.map(({ name, input }, index) => ({
    type: 'function_call',
    id: `f${String(index)}`,
    call_id: `c${String(index)}`,
    name,
    arguments: JSON.stringify(input),
  }))
  const output = calls.length === 0 ? [text] : tools
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 }
  return events([
    { type: 'response.created', response: { id: 'r1' } },
    ...output.map((item, index) => ({ type: 'response.output_item.done', output_index: index, item })),
    { type: 'response.completed', response: { id: 'r1', output, usage } },
  ])
}

function speakGoogle(calls: readonly ToolCall[]): string {
  const tools = calls.map(({ name, input }) => ({ functionCall: { name, args: input } }))
  const parts = calls.length === 0 ? [{ text: ANSWER }] : tools
  const candidates = [{ content: { role: 'model', parts }, finishReason: 'STOP', index: 0 }]
  return events([{ candidates, usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 } }])
}

function events(values: readonly object[]): string {
  return values
    .map(value => {
      const name = 'type' in value ? `event: ${String(value.type)}\n` : ''
      return `${name}data: ${JSON.stringify(value)}\n\n`
    })
    .join('')
}
