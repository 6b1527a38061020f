/** A route is one value: where, for whom, what it takes, what it does. The router and the description are made from it. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { fail } from '@aam/core'
import type { Caller, Deps } from '../actions/deps.ts'
import type { DownloadCounter } from '../actions/downloads.ts'
import type { SearchIndex } from '../actions/search.ts'
import type { Reader } from '../actions/served.ts'
import type { Timeouts } from '../config.ts'

export type HttpDeps = Deps & {
  readonly reader: Reader
  readonly index: SearchIndex
  readonly downloads: DownloadCounter
  readonly timeouts: Timeouts
  /** Version of this program. */
  readonly version: string
}

export type Call<B, Q> = {
  readonly deps: HttpDeps
  readonly caller: Caller
  /** Pieces of the path, decoded once. */
  readonly params: Readonly<Record<string, string>>
  readonly body: B
  readonly query: Q
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** `undefined`: the handler has sent the answer itself. */
export type Answer =
  { readonly status?: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> } | undefined

type Schema = z.ZodType | undefined
type Decoded<S extends Schema> = S extends z.ZodType ? z.output<S> : undefined

type Definition<B extends Schema, Q extends Schema> = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As find-my-way spells it: `/packages/:name/tags/:tag`. */
  readonly path: string
  readonly summary: string
  readonly who: string
  readonly body?: B
  /** Bytes of a body in JSON. */
  readonly bodyLimit?: number
  readonly query?: Q
  /** Whether it changes nothing though it is a POST: it is counted as reading. */
  readonly reads?: boolean
  /** Whether the handler reads the body itself. */
  readonly raw?: boolean
  /** What it answers in JSON when it works; `undefined`: something else than JSON. */
  readonly json: z.ZodType | undefined
  /** What it answers, for the description. */
  readonly answers: readonly (readonly [status: number, description: string])[]
  readonly handle: (call: Call<Decoded<B>, Decoded<Q>>) => Promise<Answer> | Answer
}

/** A route whose body and query somebody else has decoded. */
export type Route = Omit<Definition<undefined, undefined>, 'body' | 'query' | 'handle'> & {
  readonly body?: z.ZodType
  readonly query?: z.ZodType
  readonly handle: (call: Call<unknown, unknown>) => Promise<Answer> | Answer
}

/** Keeps what body and query are while a route is written, and forgets it for those who only run it. */
export function defineRoute<B extends Schema = undefined, Q extends Schema = undefined>(
  route: Definition<B, Q>,
): Route {
  return route as unknown as Route
}

/**
 * Decodes what came with a request.
 * @throws REQUEST_INVALID
 */
export function decodeWith<T>(schema: z.ZodType<T> | undefined, value: unknown, what: string): T {
  if (schema === undefined) return undefined as T
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues
    .slice(0, 10)
    .map(({ path, message }) => `${path.length === 0 ? '' : `${path.join('.')}: `}${message}`)
  return fail('REQUEST_INVALID', { what, problems })
}

/** Address of this registry as the client sees it, as far as it can be believed, without a final slash. */
export function baseOf({ deps, request }: Pick<Call<unknown, unknown>, 'deps' | 'request'>): string {
  if (deps.config.publicUrl !== undefined) return deps.config.publicUrl
  const host = /^[A-Za-z0-9.:[\]-]{1,255}$/.test(request.host) ? request.host : 'localhost'
  return `${request.protocol}://${host}`
}

/** A word of the path that the router made sure is there. */
export function param({ params }: Pick<Call<unknown, unknown>, 'params'>, name: string): string {
  return params[name] ?? ''
}
