/** What is asked of a registry server, what comes back, and what that depends on. */
import type { Query } from './address.ts'

export type TransportOptions = {
  /** The address of the registry: `https://host` or `https://host/r/team`. */
  readonly base: string
  /** Sent to addresses below `base`, and nowhere else. */
  readonly token: string | undefined
  readonly now: () => Date
  /** Where HTTPS_PROXY, HTTP_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS are looked up. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Certificates (PEM) of authorities that are trusted beside the usual ones. */
  readonly ca: string | undefined
  /** Where documents are kept between runs; `undefined` keeps none. */
  readonly cacheFolder: string | undefined
  readonly userAgent: string
  /** Answers from the cache, and sends nothing. */
  readonly offline?: boolean
  /** From 0 up to 1, as `Math.random` gives them: pauses are drawn by lot. */
  readonly random?: () => number
  /** Tries of a request that may be repeated. */
  readonly tries?: number
  readonly timeouts?: Partial<Timeouts>
  readonly onRetry?: (retry: Retry) => void
  /** How far an archive has arrived, one of a megabyte or more. */
  readonly onProgress?: (progress: Progress) => void
}

/** Milliseconds. */
export type Timeouts = {
  /** Until a connection is open, that through a proxy and its encryption too. */
  readonly connect: number
  /** Until the answer begins. */
  readonly headers: number
  /** Between two pieces of a body, sent or received. */
  readonly idle: number
}

export type Retry = {
  /** `GET https://host/packages/review` */
  readonly what: string
  readonly why: string
  /** Milliseconds until the next try. */
  readonly wait: number
}

export type Progress = {
  readonly url: string
  /** Bytes. */
  readonly done: number
  readonly total: number
}

export type Request = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** One of `routes`, or what a page calls the next. */
  readonly path: string
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly type: string; readonly bytes: Uint8Array }
  /** What is asked for; JSON when absent. */
  readonly want?: 'json' | 'archive'
  /** Whether a POST or PATCH may be sent again when nobody knows what became of it. The other methods always may. */
  readonly idempotent?: boolean
  /** Whether `404 PACKAGE_NOT_FOUND` is an answer and not a failure. */
  readonly mayBeAbsent?: boolean
}

/** An answer that is a success; 304 only for a request with `if-none-match`, 404 only for one that `mayBeAbsent`. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Buffer
  /** Where it came from in the end. */
  readonly url: string
}

/** A body of JSON. */
export function jsonBody(value: unknown): { readonly type: string; readonly bytes: Uint8Array } {
  return { type: 'application/json', bytes: Buffer.from(JSON.stringify(value)) }
}
