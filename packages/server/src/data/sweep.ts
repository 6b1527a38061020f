/** Removing what no version names: uploads that were cut off, archives of publishes that did not come about. */
import type { Deps } from '../actions/deps.ts'

/** An archive that no version names may be one that is just being published, for so many milliseconds. */
const GRACE = 24 * 60 * 60 * 1000

export type Swept = { readonly uploads: number; readonly blobs: number }

/** @param grace milliseconds; what is younger stays */
export async function sweep({ store, blobs }: Pick<Deps, 'store' | 'blobs'>, grace = GRACE): Promise<Swept> {
  const before = new Date(Date.now() - grace)
  const uploads = await blobs.removeUploads(before)
  let removed = 0
  for await (const { digest, modified } of blobs.list()) {
    if (modified >= before || isNamed(store, digest)) continue
    // Nobody publishes while this transaction lasts, and whoever publishes looks whether the archive is there.
    await store.db.transaction().execute(async tx => {
      const row = await tx.selectFrom('versions').select('id').where('digest', '=', digest).executeTakeFirst()
      if (row !== undefined) return
      if (await blobs.removeOld(digest, before)) removed++
    })
  }
  return { uploads, blobs: removed }
}

function isNamed(store: Deps['store'], digest: string): boolean {
  return store.read('select 1 from versions where digest = ? limit 1', digest).length > 0
}
