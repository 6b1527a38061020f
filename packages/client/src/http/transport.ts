/** Requests to one registry server. What they need of Node is loaded with the first of them. */
import { fail } from '@aam/core'
import { parseServerAddress } from './address.ts'
import { type DocumentCache, NO_CACHE, openDocumentCache } from './document-cache.ts'
import type { Answer, Request, TransportOptions } from './request.ts'
import type { Sender } from './send.ts'

export type Transport = {
  /** The address of the registry, without a final slash. */
  readonly address: string
  readonly offline: boolean
  readonly documents: DocumentCache
  /**
   * Sends a request, again where that is safe and may help.
   * @throws REGISTRY_UNREACHABLE, REGISTRY_ANSWER_INVALID, OFFLINE, RATE_LIMITED, REGISTRY_UNAVAILABLE, UNAUTHORIZED, what
   *   the registry says from the table of failures, and REGISTRY_REFUSED for everything else it says
   */
  readonly send: (request: Request) => Promise<Answer>
  /** Closes connections that are kept for more requests. A process that ends need not. */
  readonly close: () => Promise<void>
}

/** @throws USAGE for an address that is none of a server, or has a password in it */
export function openTransport(options: TransportOptions): Transport {
  const address = parseServerAddress(options.base)
  const token = options.token?.trim() === '' ? undefined : options.token?.trim()
  const { cacheFolder, offline = false } = options
  let sender: Promise<Sender> | undefined
  const load = async (): Promise<Sender> => {
    const { openSender } = await import('./send.ts')
    return openSender({ ...options, base: address, token })
  }
  return {
    address,
    offline,
    documents: cacheFolder === undefined ? NO_CACHE : openDocumentCache({ folder: cacheFolder, address, token }),
    send: async request => {
      if (offline) fail('OFFLINE', { why: `only ${address} can answer this` })
      sender ??= load()
      return (await sender).send(request)
    },
    close: async () => {
      const opened = sender
      sender = undefined
      if (opened !== undefined) (await opened).close()
    },
  }
}
