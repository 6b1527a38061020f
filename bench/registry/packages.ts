/** What the benchmark publishes: the same packages in our form and in npm's. */
import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { packArchive } from '@aam/archive'

export type Package = {
  readonly name: string
  readonly version: string
  /** What it is made of besides its manifest: bytes that do not compress. */
  readonly bytes: number
}

/** Numbers that look like chance and are the same in every run. */
function scramble(seed: string, bytes: number): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at * 64 < bytes; at++) {
    blocks.push(
      createHash('sha512')
        .update(`${seed} ${String(at)}`)
        .digest(),
    )
  }
  return Buffer.concat(blocks).subarray(0, bytes)
}

/** A manifest with which a version takes about 640 bytes of a document. */
function manifestOf({ name, version }: Package): Record<string, unknown> {
  const names = ['parser', 'review', 'writer', 'finder', 'planner', 'checker', 'translator']
  return {
    name,
    version,
    description: `The package ${name}, which is here to be measured and does nothing else, in version ${version}`,
    license: 'Apache-2.0',
    keywords: ['benchmark', 'registry', 'measure', 'figures'],
    dependencies: Object.fromEntries(names.map(each => [`@team/${each}-of-things`, '>=1.2.0 <3.0.0'])),
  }
}

/** An archive of ours. */
export function packPackage(pkg: Package): Buffer {
  const skill = `---\nname: ${pkg.name}\ndescription: Is measured.\n---\n`
  return packArchive(
    [
      {
        path: 'package.agent.json',
        data: Buffer.from(JSON.stringify(manifestOf(pkg), undefined, 2)),
        executable: false,
      },
      { path: `skills/${pkg.name}/SKILL.md`, data: Buffer.from(skill), executable: false },
      {
        path: `skills/${pkg.name}/assets/data.bin`,
        data: scramble(`${pkg.name} ${pkg.version}`, pkg.bytes),
        executable: false,
      },
    ],
    { seconds: 0, archive: pkg.name },
  )
}

/** The body with which npm publishes the same: a document with the archive in it. */
export function npmBody(pkg: Package, base: string): Buffer {
  const { name, version } = pkg
  // A registry of npm packages does not look inside.
  const archive = gzipSync(
    Buffer.concat([Buffer.from(JSON.stringify(manifestOf(pkg))), scramble(name + version, pkg.bytes)]),
  )
  const file = `${name}-${version}.tgz`
  const dist = {
    integrity: `sha512-${createHash('sha512').update(archive).digest('base64')}`,
    shasum: createHash('sha1').update(archive).digest('hex'),
    tarball: `${base}/${name}/-/${file}`,
  }
  return Buffer.from(
    JSON.stringify({
      _id: name,
      name,
      'dist-tags': { latest: version },
      versions: { [version]: { ...manifestOf(pkg), _id: `${name}@${version}`, dist } },
      _attachments: {
        [file]: { content_type: 'application/octet-stream', data: archive.toString('base64'), length: archive.length },
      },
    }),
  )
}
