/** Where the next page of a list is (RFC 8288). */

/** @param cursor `undefined`: there is none */
export function linkToNext(
  address: string,
  query: Readonly<Record<string, string | number | undefined>>,
  cursor: string | undefined,
): Readonly<Record<string, string>> {
  if (cursor === undefined) return {}
  const entries = Object.entries({ ...query, cursor } as Readonly<Record<string, string | number | undefined>>)
  const given = entries.flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  )
  const parameters = new URLSearchParams(given)
  return { link: `<${address}?${parameters.toString()}>; rel="next"` }
}
