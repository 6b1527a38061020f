/** The description of the API says what the API is. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '@aam/testkit'
import { ask } from './asking.ts'

type Json = Readonly<Record<string, unknown>>
type Operation = {
  readonly summary: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly schema: Json
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> }
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema?: Json }>> }
    >
  >
}

let server: TestServer
let description: Json
const operations: (readonly [line: string, operation: Operation])[] = []

beforeAll(async () => {
  server = await startTestServer({ PUBLIC_URL: 'https://pkg.example.com/' })
  description = (await ask(server, 'GET /openapi.json')).json as Json
  for (const [path, methods] of Object.entries(description['paths'] as Readonly<Record<string, Json>>)) {
    for (const [method, operation] of Object.entries(methods)) {
      operations.push([`${method.toUpperCase()} ${path}`, operation as Operation])
    }
  }
})
afterAll(async () => server.remove())

test('it is OpenAPI 3.1, for the address that clients use', () => {
  expect(description).toMatchObject({
    openapi: '3.1.0',
    info: { title: 'aam registry', version: '0.0.0-test' },
    servers: [{ url: 'https://pkg.example.com' }],
  })
})

test('every word in braces is a parameter, and no other is', () => {
  for (const [line, { parameters }] of operations) {
    const words = [...line.matchAll(/\{(\w+)\}/g)].map(([, word]) => word)
    const inPath = parameters.filter(each => each.in === 'path')
    expect([line, inPath.map(({ name }) => name)]).toEqual([line, words])
    expect(inPath.every(({ required }) => required)).toBe(true)
    const all = parameters.map(({ name, in: where }) => `${where} ${name}`)
    expect(new Set(all).size).toBe(all.length)
    for (const { schema } of parameters) expect('type' in schema || 'anyOf' in schema).toBe(true)
  }
})

test('every operation says what it takes and what it answers, in JSON Schema', () => {
  for (const [line, { summary, responses, requestBody }] of operations) {
    expect(summary).toMatch(/^\S.*[^.]$/)
    const codes = Object.keys(responses)
    expect([line, codes.some(code => /^2\d\d$/.test(code)), codes.includes('default')]).toEqual([line, true, true])
    for (const [code, { description: text, content = {} }] of Object.entries(responses)) {
      expect(text).not.toBe('')
      if (code === '304') expect(content).toEqual({})
      else for (const { schema } of Object.values(content)) expect([line, code, schema]).not.toContain(undefined)
    }
    for (const { schema } of Object.values(requestBody?.content ?? {})) expect(schema).toBeDefined()
  }
})

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference = '']) => reference,
  )
  for (const reference of new Set(references)) {
    const found = reference
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((inside, key) => (inside as Json | undefined)?.[key], description)
    expect([reference, found === undefined]).toEqual([reference, false])
  }
})

test('every operation that it describes is there', async () => {
  for (const [line] of operations) {
    const { status, at } = await ask(server, line.replaceAll(/\{\w+\}/g, 'a1b'))
    expect([line, status === 405, at('error.code') === 'ROUTE_NOT_FOUND']).toEqual([line, false, false])
  }
})
