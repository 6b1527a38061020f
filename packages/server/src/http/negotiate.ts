/** What a client wants to read. */
import { fail } from '@aam/core'
import { MEDIA_TYPE } from '@aam/core/wire'

/** `text/html` is for the pages that browsers are shown. */
export type Wanted = typeof MEDIA_TYPE | 'application/json' | 'text/html'

/**
 * The media type of an answer in JSON.
 * @throws NOT_ACCEPTABLE
 */
export function negotiate(accept: string | undefined, html = false): Wanted {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return 'application/json'
  }
  const types = accept
    .toLowerCase()
    .split(',')
    .filter(each => !/;\s*q\s*=\s*0(?:\.0{0,3})?\s*$/.test(each))
    .map(each => (each.split(';', 1)[0] ?? '').trim())
  if (html && types.includes('text/html')) return 'text/html'
  if (types.includes(MEDIA_TYPE)) return MEDIA_TYPE
  if (types.some(type => type === 'application/json' || type === 'application/*' || type === '*/*')) {
    return 'application/json'
  }
  return fail('NOT_ACCEPTABLE', { accept: accept.slice(0, 200) })
}
