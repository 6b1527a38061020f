/** Where the next page of a list is (RFC 8288). */

/**
 * A link that is relative to the address of the request, so that it is right however the request came here.
 * @param cursor `undefined`: there is none
 */
export function linkToNext(
  query: Readonly<Record<string, string | number | undefined>>,
  cursor: string | undefined,
): Readonly<Record<string, string>> {
  if (cursor === undefined) return {}
  const entries = Object.entries({ ...query, cursor } as Readonly<Record<string, string | number | undefined>>)
  const given = entries.flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  )
  const parameters = new URLSearchParams(given)
  return { link: `<?${parameters.toString()}>; rel="next"` }
}
