/** The shape of `package.agent.lock`, for editors and other tools. `decodeLock` reads locks without loading this. */
import * as z from 'zod'
import { NAME_PATTERN, VERSION_PATTERN } from './manifest/schema.ts'

const version = z.string().regex(VERSION_PATTERN)
const name = z.string().regex(NAME_PATTERN)
/** A name, perhaps with a version, which may have the `--` that a name cannot. */
const instance = z
  .string()
  .regex(
    new RegExp(
      NAME_PATTERN.source.replace('.*--', '@?[^@]*--').replace(/\$$/, `(?:@${VERSION_PATTERN.source.slice(1, -1)})?$$`),
    ),
  )

const source = z
  .looseObject({
    type: z.literal('registry'),
    registry: z.string().describe('Address of the registry; file:… is relative to the lock'),
    name,
    version,
    resolvedTag: z.string().describe('The dist-tag that was asked for').optional(),
    tarball: z.string().describe('Address of the archive'),
    display: z.string().describe('For people only').optional(),
  })
  .describe('Where the archive came from: a record. integrity decides which bytes are right')

const entry = z.looseObject({
  version,
  source,
  integrity: z.string().regex(/^sha256-[A-Za-z0-9+/]{43}=$/),
  dependencies: z.record(name, version).describe('What the dependencies of this package were resolved to').optional(),
})

export const lockSchema = z.looseObject({
  lockVersion: z.literal(2),
  promoted: z
    .array(name)
    .describe('Packages that only the project decides about; what others ask of them counts as a peer dependency')
    .optional(),
  resolved: z
    .record(instance, entry)
    .describe('Every package, by name; where several versions of one are side by side, by name@version'),
  skipped: z.record(name, z.string()).describe('Optional dependencies that were left out, and why').optional(),
})
