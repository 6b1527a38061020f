/** Inspecting an archive on its way comes to what reading it would, holds next to nothing, and stops when it knows. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cwd, execPath } from 'node:process'
import { gunzipSync, gzipSync } from 'node:zlib'
import {
  type InspectOptions,
  type Inspection,
  LIMITS,
  explainPath,
  inspectStream,
  integrityOf,
  packArchive,
  readArchive,
  sha256Hex,
} from '@aam/archive'
import { isAamError } from '@aam/core'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ACCEPTED, type Verdict, chunksOf, verdictOf } from './arriving.ts'
import { BOMBS } from './bombs.ts'
import type { Outcome } from './inspect-alone.ts'
import { BLOCK, archiveOf, fixChecksum, gzip, member, pax, tarOf } from './tar-builder.ts'

const MB = 1024 * 1024

const file = (path: string, data: string | Uint8Array = 'x'): Buffer => member({ name: path, data })

function inspect(bytes: Uint8Array, options: Partial<InspectOptions> = {}): Promise<Inspection> {
  return inspectStream(chunksOf(bytes, 100), { archive: 'demo.aam', ...options })
}

/** Comparing long texts is fast, comparing long lists of numbers is not. */
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** How reading the whole archive ends. */
function readVerdict(bytes: Uint8Array): Verdict {
  try {
    readArchive(bytes, 'demo.aam')
    return ACCEPTED
  } catch (error) {
    if (isAamError(error)) return { code: error.code, message: error.message }
    throw error
  }
}

/** Bytes that do not compress, the same every time. */
function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

// ── the same as reading ─────────────────────────────────────────────────────────────────────────────────────────────

const contents = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
  fc.constantFrom(0, 1, 511, 512, 513, 1024, 70_000).map(length => Buffer.alloc(length, 'contents ')),
  fc.constantFrom(511, 512, 40_000).map(length => noise(length)),
)

const packed = fc
  .array(
    fc.record({
      path: fc.oneof(
        fc.constantFrom('package.agent.json', 'README.md', 'skills/a/SKILL.md', 'é/日本.md', `${'n'.repeat(120)}/x`),
        fc.string({ unit: 'grapheme', maxLength: 12 }).map(text => text.normalize('NFC')),
      ),
      data: contents,
      executable: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map(files => {
    const fine = files.filter(({ path }) => explainPath(path) === undefined)
    const folded = fine.map(({ path }) => path.toUpperCase())
    return fine.filter((_, index) => folded.indexOf(folded[index]!) === index)
  })
  .map(files => {
    try {
      return packArchive(files, { seconds: 0, archive: 'random.aam' })
    } catch {
      return archiveOf(file('a'))
    }
  })

/** Lengths of chunks; not all are tiny, because each of them is a step of its own. */
const lengths = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 10 }).filter(list => list.some(n => n > 20)),
  fc.constant([1_000_000]),
)

/** `bytes` in chunks of these lengths, again and again. */
async function* cut(bytes: Uint8Array, steps: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = steps[i % steps.length]!
    yield await Promise.resolve(bytes.subarray(at, at + length))
    at += length
  }
}

type Change = readonly [at: number, bits: number]

const changes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 3 })

function flipped(bytes: Uint8Array, list: readonly Change[]): Buffer {
  const copy = Buffer.from(bytes)
  for (const [at, bits] of list) copy[at % copy.length]! ^= bits
  return copy
}

/** What only whoever has the whole compression knows before he looks inside. */
const COMPRESSION = /it is cut off|data is damaged|follows the compressed|recorded one|checksum is wrong$/

describe('an archive that is accepted', () => {
  test('has the files, the manifest, the documents and the digests that reading it gives, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(packed, lengths, async (bytes, steps) => {
        const entries = readArchive(bytes, 'demo.aam')
        const found = await inspectStream(cut(bytes, steps), {
          archive: 'demo.aam',
          limits: { documents: LIMITS.unpacked },
          keep: () => true,
        })
        const [manifest] = entries.filter(({ path }) => path === 'package.agent.json')
        const documents = entries.filter(entry => entry !== manifest)
        expect({
          ...found,
          manifest: found.manifest && text(found.manifest),
          documents: [...found.documents].map(([path, data]) => [path, text(data)]),
        }).toEqual({
          files: entries.map(({ path, data, executable }) => ({ path, size: data.length, executable })),
          manifest: manifest && text(manifest.data),
          documents: documents.map(({ path, data }) => [path, text(data)]),
          integrity: integrityOf(bytes),
          sha256: sha256Hex(bytes),
          size: bytes.length,
        })
      }),
      { numRuns: 200 },
    )
  })

  const first = archiveOf(file('package.agent.json', '{}'), pax(['path', 'é']), file('a', noise(600)))

  test('may come byte by byte, and with nothing in between', async () => {
    const found = await inspectStream(cut(first, [0, 1, 0]), { archive: 'demo.aam' })
    expect(found.files.map(({ path }) => path)).toEqual(['package.agent.json', 'é'])
    expect(found.manifest?.toString()).toBe('{}')
  })

  test('may come in one chunk that is a part of a larger buffer', async () => {
    const larger = new Uint8Array(Buffer.concat([noise(37), first, noise(41)]))
    const found = await inspect(larger.subarray(37, 37 + first.length))
    expect(found.integrity).toBe(integrityOf(first))
  })

  test('may have every optional part in its gzip header, cut anywhere', async () => {
    const tar = tarOf(file('a'))
    const extra = Buffer.concat([Buffer.from([4, 0, 1, 2, 3, 4]), Buffer.from('name\0comment\0')])
    const bytes = gzip(tar, { flags: 4 + 8 + 16, extra })
    for (let length = 1; length <= bytes.length; length++) {
      expect(await verdictOf(chunksOf(bytes, length), 'demo.aam')).toEqual(ACCEPTED)
    }
  })

  test('may have its emptiest file first', async () => {
    const bytes = archiveOf(file('empty', Buffer.alloc(20 * MB)), file('full', noise(MB)))
    for (const length of [100, 16 * 1024, bytes.length]) {
      expect(await verdictOf(chunksOf(bytes, length), 'demo.aam')).toEqual(ACCEPTED)
    }
  })
})

describe('an archive that is wrong is refused for the reason that reading it gives', () => {
  const bytes = packArchive(
    [
      { path: 'package.agent.json', data: Buffer.from('{}'), executable: false },
      { path: 'bin/run', data: noise(700), executable: true },
      { path: `${'n'.repeat(120)}/é.md`, data: Buffer.alloc(3000, 'text '), executable: false },
    ],
    { seconds: 0, archive: 'demo.aam' },
  )
  const same = async (wrong: Uint8Array, steps: readonly number[] = [97]): Promise<void> => {
    expect(await verdictOf(cut(wrong, steps), 'demo.aam')).toEqual(readVerdict(wrong))
  }

  test('cut off anywhere', async () => {
    for (let length = 0; length < bytes.length; length++) await same(bytes.subarray(0, length))
    const named = gzip(tarOf(file('a')), { flags: 8, extra: Buffer.from('name\0') })
    for (let length = 0; length < named.length; length++) await same(named.subarray(0, length))
  })

  test('with anything after it', async () => {
    for (let length = 1; length < 30; length++) await same(Buffer.concat([bytes, noise(length)]), [1 + length, 50])
  })

  test('no chunk at all, and only empty ones', async () => {
    expect(await verdictOf(chunksOf(Buffer.of(), 1), 'demo.aam')).toEqual(readVerdict(Buffer.of()))
    const empty = async function* (): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 3; i++) yield await Promise.resolve(new Uint8Array())
    }
    expect(await verdictOf(empty(), 'demo.aam')).toEqual(readVerdict(Buffer.of()))
  })

  test('with other headers under right checksums, in a right gzip', async () => {
    const tar = gunzipSync(bytes)
    await fc.assert(
      fc.asyncProperty(changes, lengths, async (list, steps) => {
        // The first header, and those after it often enough.
        const at = list.map(([offset, bits]) => [offset % (4 * BLOCK), bits] as const)
        const forged = flipped(tar, at)
        for (const header of [0, 2 * BLOCK]) fixChecksum(forged, header)
        await same(gzip(forged), steps)
      }),
      { numRuns: 600 },
    )
  })

  test('with a gzip header that nobody would write', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 40 }), fc.nat(255), lengths, async (extra, flags, steps) => {
        await same(gzip(tarOf(file('a')), { flags, extra }), steps)
      }),
      { numRuns: 300 },
    )
  })

  test('or, when its compression is damaged, for the first thing that this spoils', async () => {
    await fc.assert(
      fc.asyncProperty(packed, changes, lengths, async (whole, list, steps) => {
        const damaged = flipped(whole, list)
        const read = readVerdict(damaged)
        const inspected = await verdictOf(cut(damaged, steps), 'demo.aam')
        expect(inspected.code).toBe(read.code)
        if (inspected.message !== read.message) {
          expect(read.message).toMatch(COMPRESSION)
          expect(inspected.message).not.toMatch(COMPRESSION)
        }
      }),
      { numRuns: 600 },
    )
  })

  test('whatever its size has become', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6000 }), fc.integer({ min: -3, max: 3 }), async (full, more) => {
        // About 200 times its size, and a megabyte if it is small.
        const zeros = Math.max(LIMITS.freeOfRatio, (full + 1500) * LIMITS.ratio) + more * 100_000
        const whole = gzipSync(tarOf(file('zeros', Buffer.alloc(zeros)), file('full', noise(full))), { level: 9 })
        await same(whole, [1000])
      }),
      { numRuns: 100 },
    )
  })

  test('just before and just after its size allows it all that there is', async () => {
    const zeros = file('zeros', Buffer.alloc(270 * MB))
    for (const [full, says] of [
      [1.0 * MB, '200 times its size'],
      [1.1 * MB, 'more than 256 MB unpacked'],
    ] as const) {
      const whole = gzipSync(tarOf(file('full', noise(Math.round(full))), zeros), { level: 9 })
      expect(readVerdict(whole).message).toContain(says)
      await same(whole, [whole.length])
    }
  })

  test('to the byte', async () => {
    // Zeros after the end mark are allowed.
    const lengthAfter = (count: number): Buffer => gzip(Buffer.concat([tarOf(file('a')), Buffer.alloc(count)]))
    const room = LIMITS.freeOfRatio - 4 * BLOCK
    for (const count of [room - 1, room, room + 1]) await same(lengthAfter(count))
    expect(readVerdict(lengthAfter(room))).toEqual(ACCEPTED)
    expect(readVerdict(lengthAfter(room + 1)).code).toBe('ARCHIVE_TOO_LARGE')
  })
})

// ── what the caller says ────────────────────────────────────────────────────────────────────────────────────────────

describe('the packed limit of the caller', () => {
  const bytes = archiveOf(file('a', noise(1000)))

  test('is met by an archive of that size', async () => {
    expect((await inspect(bytes, { limits: { packed: bytes.length } })).size).toBe(bytes.length)
  })

  test('refuses a byte more, before that is handed on', async () => {
    let handedOn = 0
    const onChunk = (chunk: Uint8Array): void => {
      handedOn += chunk.length
    }
    const refused = inspect(bytes, { limits: { packed: bytes.length - 1 }, onChunk })
    await expect(refused).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
    expect(handedOn).toBeLessThan(bytes.length)
  })

  test('cannot be more than what every archive may have', async () => {
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      const header = gzip(Buffer.of(), { flags: 8 }).subarray(0, 10)
      yield await Promise.resolve(header)
      for (;;) yield Buffer.alloc(MB, 'n')
    }
    const refused = inspectStream(endless(), { archive: 'demo.aam', limits: { packed: 2 * LIMITS.packed } })
    await expect(refused).rejects.toThrow('more than 50 MB packed')
  })
})

describe('documents', () => {
  const bytes = archiveOf(
    file('package.agent.json', '{}'),
    file('README.md', 'r'.repeat(600)),
    file('CHANGELOG.md', 'c'.repeat(600)),
    file('LICENSE', 'l'.repeat(400)),
    file('bin/run', 'no'),
  )
  const keep = (path: string): boolean => !path.startsWith('bin/')

  test('are those that are wanted, as far as they fit in the limit; the manifest is apart', async () => {
    const asked: string[] = []
    const found = await inspect(bytes, {
      limits: { documents: 1000 },
      keep: path => {
        asked.push(path)
        return keep(path)
      },
    })
    expect([...found.documents.keys()]).toEqual(['README.md', 'LICENSE'])
    expect(found.documents.get('LICENSE')?.toString()).toBe('l'.repeat(400))
    expect(found.manifest?.toString()).toBe('{}')
    expect(found.files).toHaveLength(5)
    expect(asked).not.toContain('package.agent.json')
  })

  test('are none when nobody asks', async () => {
    expect((await inspect(bytes)).documents.size).toBe(0)
  })

  test('a manifest elsewhere is no manifest', async () => {
    expect((await inspect(archiveOf(file('a/package.agent.json')))).manifest).toBeUndefined()
  })

  test('an empty manifest is one', async () => {
    expect((await inspect(archiveOf(file('package.agent.json', '')))).manifest).toEqual(Buffer.of())
  })

  test('a manifest of more than 1 MB is too large', async () => {
    const withManifest = (size: number): Buffer => archiveOf(file('package.agent.json', noise(size)))
    expect((await inspect(withManifest(MB))).manifest).toHaveLength(MB)
    await expect(inspect(withManifest(MB + 1))).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
  })
})

// ── chunks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('chunks', () => {
  /** Counts what is asked for, and whether it was told to stop. */
  function counted(
    bytes: Uint8Array,
    length: number,
  ): { chunks: AsyncIterable<Uint8Array>; asked: number; left: boolean } {
    const count = { chunks: chunks(), asked: 0, left: false }
    return count
    async function* chunks(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of chunksOf(bytes, length)) {
          count.asked++
          yield chunk
        }
      } finally {
        count.left = true
      }
    }
  }

  const link = member({ name: 'link', type: '2', link: '/etc' })

  test.each([
    ['no gzip', noise(10 * MB)],
    ['a header that is none', gzip(noise(10 * MB))],
    ['a link', archiveOf(link, file('a', noise(10 * MB)))],
    ['something after it', Buffer.concat([archiveOf(file('a')), noise(10 * MB)])],
    ['damaged data', Buffer.concat([archiveOf(file('a')).subarray(0, 10), Buffer.alloc(10 * MB, 7)])],
    ['a manifest that is too large', archiveOf(file('package.agent.json', noise(10 * MB)))],
  ])('are not asked for beyond what is wrong: %s', async (_, bytes) => {
    const source = counted(bytes, 1000)
    expect((await verdictOf(source.chunks, 'demo.aam')).code).toMatch(/^ARCHIVE_/)
    expect(source.asked).toBeLessThanOrEqual(40)
    expect(source.left).toBe(true)
  })

  test('are all handed on, each before the next one is asked for', async () => {
    const bytes = archiveOf(file('a', noise(5000)))
    const source = counted(bytes, 100)
    const handedOn: Uint8Array[] = []
    await inspectStream(source.chunks, {
      archive: 'demo.aam',
      onChunk: async chunk => {
        const { asked } = source
        await new Promise(resolve => setTimeout(resolve, 1))
        expect(source.asked).toBe(asked)
        handedOn.push(chunk)
      },
    })
    expect(Buffer.concat(handedOn)).toEqual(bytes)
  })

  test('whose source fails fail as they did', async () => {
    const failure = new Error('the line is dead')
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(archiveOf(file('a')).subarray(0, 30))
      throw failure
    }
    await expect(inspectStream(broken(), { archive: 'demo.aam' })).rejects.toBe(failure)
  })

  test('that cannot be handed on end it, and so does a question that fails', async () => {
    const failure = new Error('the disk is full')
    const raise = (): never => {
      throw failure
    }
    const source = counted(archiveOf(file('a', noise(5000))), 100)
    const options = { archive: 'demo.aam', onChunk: () => Promise.reject(failure) }
    await expect(inspectStream(source.chunks, options)).rejects.toBe(failure)
    expect(source).toMatchObject({ asked: 1, left: true })
    await expect(inspect(archiveOf(file('a')), { keep: raise })).rejects.toBe(failure)
  })
})

// ── cost ────────────────────────────────────────────────────────────────────────────────────────────────────────────

describe('inspecting in a process of its own takes less than 64 MB', () => {
  let folder = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'aam-inspect-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  test.each(BOMBS)('and stops: %s', (_, make) => {
    const outcome = inspectAlone(make())
    expect(outcome.code).toMatch(/^ARCHIVE_(?:INVALID|TOO_LARGE)$/)
    expect(outcome.megabytes).toBeLessThan(64)
    expect(outcome.milliseconds).toBeLessThan(5000)
    // More does not change how much may come out.
    expect(outcome.read).toBeLessThan(1.5 * MB)
  })

  test('and stops: far more empty files than there may be', () => {
    const thousand = (k: number): Buffer =>
      Buffer.concat(Array.from({ length: 1000 }, (_, index) => member({ name: `e${String(k * 1000 + index)}` })))
    // The first 25,000 are different; what comes after them is never reached.
    const different = Buffer.concat(Array.from({ length: 25 }, (_, k) => thousand(k)))
    const bytes = Buffer.concat([gzip(different).subarray(0, -8), noise(4 * MB)])
    const outcome = inspectAlone(bytes)
    expect(outcome.code).toBe('ARCHIVE_TOO_LARGE')
    expect(outcome.megabytes).toBeLessThan(64)
    expect(outcome.read).toBeLessThan(1.5 * MB)
  })

  test('as many files and folders as there may be, with the longest paths', () => {
    const long = Array.from({ length: 3 }, () => 'Ж'.repeat(125)).join('/')
    const path = (index: number): string => `${long}/${String(index).padStart(5, '0')}${'Ж'.repeat(100)}/file`
    const members = Array.from({ length: LIMITS.entries - 4 }, (_, index) => [
      pax(['path', path(index)]),
      member({ name: 'x' }),
    ])
    const outcome = inspectAlone(archiveOf(...members.flat(), file('noise', noise(MB))))
    expect(outcome.code).toBe('none')
    expect(outcome.megabytes).toBeLessThan(64)
  })

  test('the largest archive there may be, and others have their turn all the time', () => {
    const zeros = LIMITS.unpacked - 49 * MB - 4 * BLOCK
    const tar = tarOf(file('zeros', Buffer.alloc(zeros)), file('noise', noise(49 * MB)))
    expect(tar.length).toBe(LIMITS.unpacked)
    const outcome = inspectAlone(gzipSync(tar, { level: 1 }))
    expect(outcome.code).toBe('none')
    expect(outcome.megabytes).toBeLessThan(64)
    // Inflating chunk by chunk without letting go would give one turn to each of 800.
    expect(outcome.turns).toBeGreaterThan(2000)
  })

  function inspectAlone(bytes: Uint8Array): Outcome {
    const path = join(folder, 'archive.aam')
    writeFileSync(path, bytes)
    const script = join(import.meta.dirname, 'inspect-alone.ts')
    const args = ['--conditions=@aam/source', '--import', 'tsx', script, path]
    const { status, stdout, stderr } = spawnSync(execPath, args, { cwd: cwd(), encoding: 'utf8' })
    if (status !== 0) throw new Error(`inspecting alone failed: ${stderr}`)
    return JSON.parse(stdout) as Outcome
  }
})
