/** The API described, made from the routes themselves (OpenAPI 3.1). */
import { z } from 'zod'
import { MEDIA_TYPE } from '@aam/core/wire'
import type { Route } from './route.ts'

type Json = Readonly<Record<string, unknown>>

const ERROR: Json = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'docs', 'requestId'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        hint: { type: 'string' },
        docs: { type: 'string' },
        requestId: { type: 'string' },
        failure: { type: 'object', properties: { code: { type: 'string' }, facts: {} } },
      },
    },
  },
}

/** What `GET /openapi.json` answers, for any address; making it takes long enough not to do it for everybody who asks. */
export function describeApi(routes: readonly Route[], version: string): (base: string) => Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) }
  }
  const described = {
    openapi: '3.1.0',
    info: {
      title: 'aam registry',
      version,
      description: 'Every path also answers below /api/v1. A scoped name may be written @scope/name or @scope%2fname.',
    },
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: ERROR },
    },
  }
  return base => ({ ...described, servers: [{ url: base }] })
}

function describeRoute(route: Route): Json {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const query =
    route.query === undefined ? {} : (jsonSchema(route.query)['properties'] as Record<string, Json> | undefined)
  return {
    summary: route.summary,
    description: `For ${route.who}.`,
    parameters: [
      ...names.map(name => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
      ...Object.entries(query ?? {}).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
    ],
    ...bodyOf(route),
    responses: {
      ...Object.fromEntries(
        route.answers.map(([status, description]) => [String(status), answerOf(route, status, description)]),
      ),
      default: {
        description: 'A failure',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function answerOf({ json }: Route, status: number, description: string): Json {
  if (status >= 400) {
    return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
  }
  if (status === 304) return { description }
  if (json === undefined) return { description, content: { '*/*': { schema: { type: 'string', format: 'binary' } } } }
  const schema = jsonSchema(json, 'output')
  return { description, content: { [MEDIA_TYPE]: { schema }, 'application/json': { schema } } }
}

function bodyOf(route: Route): Json {
  if (route.raw === true) {
    const fields = {
      archive: { type: 'string', format: 'binary' },
      tag: { type: 'string' },
      signature: { type: 'string' },
    }
    return {
      requestBody: {
        required: true,
        content: {
          'application/gzip': { schema: { type: 'string', format: 'binary' } },
          'multipart/form-data': { schema: { type: 'object', required: ['archive'], properties: fields } },
        },
      },
    }
  }
  if (route.body === undefined) return {}
  return { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body) } } } }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output' = 'input'): Json {
  const entries = Object.entries(z.toJSONSchema(schema, { io, unrepresentable: 'any' }))
  return Object.fromEntries(entries.filter(([key]) => key !== '$schema'))
}
