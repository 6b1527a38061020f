// A server of one tool, whose description says how it was started. One JSON message a line, in and out.
import { createInterface } from 'node:readline'

const given = Object.entries(process.env).filter(([name]) => name.startsWith('NOTES_'))
const started = { arguments: process.argv.slice(2), variables: Object.fromEntries(given.sort()) }

const ANSWERS = {
  initialize: ({ protocolVersion }) => ({
    protocolVersion,
    capabilities: { tools: {} },
    serverInfo: { name: 'notes', version: '1.2.0' },
  }),
  'tools/list': () => ({
    tools: [{ name: 'search', description: JSON.stringify(started), inputSchema: { type: 'object', properties: {} } }],
  }),
  'tools/call': () => ({ content: [{ type: 'text', text: 'nothing found' }] }),
  ping: () => ({}),
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line)
  const answer = Object.hasOwn(ANSWERS, method)
    ? { result: ANSWERS[method](params) }
    : { error: { code: -32601, message: `there is no ${method}` } }
  if (id !== undefined) console.log(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
}
