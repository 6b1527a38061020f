/** The parts of HTTP that are about what a client has already (RFC 9110, 12–14). */

/** Whether `If-None-Match` names one of the tags; weak comparison. */
export function matchesEtag(header: string | undefined, etags: readonly string[]): boolean {
  if (header === undefined) return false
  if (header.trim() === '*' || etags.includes(header)) return true
  return header
    .split(',')
    .map(each => each.trim().replace(/^W\//, ''))
    .some(each => etags.includes(each))
}

export type Part = { readonly start: number; readonly end: number }

/**
 * The part of `size` bytes that a `Range` asks for: both ends included; `whole` when it asks for none that is understood,
 * which is several at once, too; `none` when there is nothing there.
 */
export function readRange(header: string | undefined, size: number): Part | 'whole' | 'none' {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (found === null) return 'whole'
  const [, first = '', last = ''] = found
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'none' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  if (start >= size) return 'none'
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  return end < start ? 'whole' : { start, end }
}

/** Whether `Accept-Encoding` takes gzip. */
export function takesGzip(header: string | undefined): boolean {
  if (header === undefined) return false
  return header
    .toLowerCase()
    .split(',')
    .some(each => /^\s*(?:gzip|x-gzip|\*)\s*(?:;\s*q\s*=\s*(?!0(?:\.0{0,3})?\s*$)[\d.]+\s*)?$/.test(each))
}
