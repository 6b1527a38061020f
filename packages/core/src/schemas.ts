/** The JSON Schemas of the manifest and the lock, from the same definitions that decode them. */
import * as z from 'zod'
import { lockSchema } from './lock-schema.ts'
import { manifestSchema } from './manifest/schema.ts'

export type JsonSchema = Readonly<Record<string, unknown>>

/** The JSON Schema of `package.agent.json`. */
export function manifestJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' })
  return {
    ...schema,
    title: 'package.agent.json',
    description: 'Manifest of a package of skills, agents, commands, rules, hooks and MCP servers',
    patternProperties: { '^x-': { type: 'object', description: 'Vendor extension' } },
  }
}

/** The JSON Schema of `package.agent.lock`. */
export function lockJsonSchema(): JsonSchema {
  return {
    ...z.toJSONSchema(lockSchema, { io: 'input' }),
    title: 'package.agent.lock',
    description: 'Exactly which archives make up a project; written by aam',
  }
}
