import { type PackageFiles } from '@aam/core/authoring'
import { type DecodedManifest, decodeManifest } from '@aam/core/manifest'

/** A package of these files; `package.agent.json` is made of `manifest`, name on line 2, its first field on line 4. */
export function packageOf(
  files: Readonly<Record<string, string>>,
  manifest: object = {},
): { readonly decoded: DecodedManifest; readonly files: PackageFiles } {
  const text = JSON.stringify({ name: 'p', version: '1.0.0', ...manifest }, undefined, 2)
  const all = new Map(Object.entries({ 'package.agent.json': text, ...files }))
  const read = (path: string): string => {
    const found = all.get(path)
    if (found === undefined) throw new Error(`${path} was read, and there is none`)
    return found
  }
  return { decoded: decodeManifest(text, 'package.agent.json'), files: { paths: [...all.keys()], read } }
}

export const SKILL = '---\nname: review\ndescription: Reviews code\n---\n\nHow to.\n'
export const AGENT = 'name: auditor\ndescription: Audits\nsystem_prompt: system-prompt.md\n'
