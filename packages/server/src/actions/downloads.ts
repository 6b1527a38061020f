/** How often each version is downloaded: counted in memory, written a few at a time. */
import type { Deps } from './deps.ts'

export type DownloadCounter = {
  readonly count: (packageId: number, version: string) => void
  /** Writes what has been counted; what cannot be written is kept for the next time. */
  readonly flush: () => Promise<void>
}

export function createDownloadCounter(deps: Deps): DownloadCounter {
  let counts = new Map<string, number>()
  return {
    count: (packageId, version) => {
      const key = `${String(packageId)} ${version}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    },
    flush: async () => {
      if (counts.size === 0) return
      const writing = counts
      counts = new Map()
      const day = deps.now().toISOString().slice(0, 10)
      try {
        await deps.store.db.transaction().execute(async tx => {
          for (const [key, count] of writing) {
            const [id = '', version = ''] = key.split(' ')
            await tx
              .insertInto('downloads')
              .values({ package_id: Number(id), version, day, count })
              .onConflict(conflict =>
                conflict
                  .columns(['package_id', 'version', 'day'])
                  .doUpdateSet(with_ => ({ count: with_(with_.ref('downloads.count'), '+', count) })),
              )
              .execute()
          }
        })
      } catch (error) {
        for (const [key, count] of writing) counts.set(key, (counts.get(key) ?? 0) + count)
        throw error
      }
    },
  }
}

/** Downloads of one version so far, what is not written yet left out. */
export function downloadsOf(deps: Deps, packageId: number, version: string): number {
  const [row] = deps.store.read<{ n: number | null }>(
    'select sum(count) as n from downloads where package_id = ? and version = ?',
    packageId,
    version,
  )
  return row?.n ?? 0
}
