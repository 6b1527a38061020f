/** Lists that a registry gives page by page, each naming the next in `Link`. */
import { fail } from '@aam/core'
import { isBelow } from './address.ts'
import type { Answer, Request } from './request.ts'
import type { Transport } from './transport.ts'

/** A registry that says there are more has no end. */
const MOST_PAGES = 2000

/** Answers to `request`, one for each page. */
export async function* readPages(transport: Transport, request: Request): AsyncGenerator<Answer, void, undefined> {
  const seen = new Set<string>()
  for (let next: Request | undefined = request; next !== undefined;) {
    const answer: Answer = await transport.send(next)
    yield answer
    const path = nextPage(transport.address, answer)
    if (path !== undefined && (seen.has(path) || seen.size >= MOST_PAGES)) {
      fail('REGISTRY_ANSWER_INVALID', { url: answer.url, why: 'its pages have no end' })
    }
    if (path !== undefined) seen.add(path)
    next = path === undefined ? undefined : { method: 'GET', path }
  }
}

/**
 * The path below `address` of the page after this one; `undefined` for the last.
 * @throws REGISTRY_ANSWER_INVALID when it would be somewhere else
 */
export function nextPage(address: string, { headers, url }: Pick<Answer, 'headers' | 'url'>): string | undefined {
  const link = [headers['link'] ?? ''].flat().join(', ')
  const target = /<([^<>]*)>\s*(?:;[^,<]*)?;\s*rel\s*=\s*"?next"?\s*(?:[;,]|$)/i.exec(link)?.[1]
  if (target === undefined) return undefined
  const next = URL.canParse(target, url) ? new URL(target, url) : undefined
  const path =
    next === undefined
      ? ''
      : `${next.pathname}${next.search}`.slice(new URL(address).pathname.replace(/\/$/, '').length)
  return next !== undefined && isBelow(address, next)
    ? path
    : fail('REGISTRY_ANSWER_INVALID', { url, why: 'its next page is not at this registry' })
}
