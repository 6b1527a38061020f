/** Lets so many in at a time; the others wait in order. */
export type Gate = <T>(action: () => Promise<T>) => Promise<T>

export function openGate(places: number): Gate {
  const waiting: (() => void)[] = []
  let free = places
  return async action => {
    if (free > 0) free--
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await action()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    }
  }
}
