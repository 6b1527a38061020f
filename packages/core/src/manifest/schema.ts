/**
 * The shape of `package.agent.json` (UAAPS 3): the one source of its types, its decoder and the JSON Schema that editors
 * use. What a schema cannot say (ranges, references between fields) is in `decode.ts`.
 */
import * as z from 'zod'
import { CONFLICT_STRATEGIES } from '../resolve/strategies.ts'

export const NAME_PATTERN = /^(?!.*--)(?:@[a-z0-9][a-z0-9_-]{0,63}\/)?[a-z0-9][a-z0-9-]{0,63}$/
export const VERSION_PATTERN =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/
const KEY_PATTERN = /^[a-z0-9][a-z0-9-]*$/

const text = (description: string): z.ZodString => z.string().describe(description)
const names = (description: string): z.ZodArray<z.ZodString> => z.array(z.string()).describe(description)
const ranges = (description: string): z.ZodRecord<z.ZodString, z.ZodString> =>
  z.record(z.string(), z.string().max(1024)).describe(description)

const artifactEntry = z.looseObject({
  name: text('Name of the artifact').min(1).max(64),
  path: text('Where it is, relative to the package, with forward slashes').min(1).max(1024),
  description: text('What it does').max(1024).optional(),
})

export const permissionsSchema = z
  .looseObject({
    fs: z
      .looseObject({
        read: names('Globs the package may read, relative to the project').optional(),
        write: names('Globs the package may write or delete; writing does not imply reading').optional(),
      })
      .optional(),
    network: z
      .looseObject({
        hosts: names('Host names, exact or with one leading wildcard label').optional(),
        schemes: names('https, http, wss or ws; https when absent').optional(),
      })
      .optional(),
    shell: z
      .looseObject({
        allow: z.boolean().describe('Whether commands may run at all').optional(),
        binaries: names('The only executables that may run, by base name').optional(),
      })
      .optional(),
  })
  .describe('What the package asks to be allowed to do; declared, not enforced by aam')

const systemDependencies = z
  .looseObject({
    python: text('Python range').optional(),
    node: text('Node.js range').optional(),
    packages: z
      .record(z.string(), z.array(z.string()))
      .describe('Packages of other managers: pip, npm, brew, apt, cargo')
      .optional(),
    binaries: names('Executables that must be on the PATH').optional(),
    'mcp-servers': names('MCP servers that must be available').optional(),
  })
  .describe('What the machine must have; checked, not installed')

const group = z.looseObject({
  description: z.string().max(1024).optional(),
  dependencies: ranges('Packages of this group').optional(),
  systemDependencies: systemDependencies.optional(),
})

const extra = z.looseObject({
  description: z.string().max(1024).optional(),
  dependencies: ranges('Packages this extra adds').optional(),
  systemDependencies: systemDependencies.optional(),
  artifacts: z
    .looseObject({
      skills: names('Skills').optional(),
      agents: names('Agents').optional(),
      commands: names('Commands').optional(),
    })
    .describe('Names from the top-level artifacts that this extra activates')
    .optional(),
  permissions: permissionsSchema.optional(),
})

const aamExtension = z
  .looseObject({
    private: z.boolean().describe('`aam publish` refuses the package').optional(),
    tags: z.record(z.string(), z.string()).describe('Dependencies that follow a dist-tag').optional(),
    extras: z.record(z.string(), z.array(z.string())).describe('Extras selected on direct dependencies').optional(),
    conflict: z.enum(CONFLICT_STRATEGIES).describe('What to do when dependencies conflict').optional(),
  })
  .describe('Settings of aam')

export const manifestSchema = z.looseObject({
  $schema: text('Address of this schema').optional(),
  name: text('`name` or `@scope/name`').max(130).regex(NAME_PATTERN),
  version: text('SemVer 2.0').max(256).regex(VERSION_PATTERN),
  description: text('What the package is for').max(1024).optional(),
  author: text('Person or organisation').optional(),
  license: text('SPDX identifier, or the name of the file with the text').optional(),
  repository: text('Where the source is').optional(),
  homepage: text('Where to read more').optional(),
  category: text('Category for discovery').optional(),
  keywords: names('Words to find the package by').optional(),
  engines: z.record(z.string(), z.string()).describe('Platform versions the package needs').optional(),
  artifacts: z
    .looseObject({
      skills: z.array(artifactEntry).optional(),
      agents: z.array(artifactEntry).optional(),
      commands: z.array(artifactEntry).optional(),
      rules: z.array(artifactEntry).optional(),
    })
    .describe('What the package provides; discovered in the usual folders when absent')
    .optional(),
  files: names('Globs of the files that are published; all when absent').optional(),
  dependencies: ranges('Packages this one needs').optional(),
  optionalDependencies: ranges('Packages that are used when they can be had').optional(),
  peerDependencies: ranges('Packages the host must provide').optional(),
  dependencyGroups: z
    .record(z.string().regex(KEY_PATTERN), group)
    .describe('Packages for authoring: dev, docs, eval')
    .optional(),
  extras: z.record(z.string().regex(KEY_PATTERN), extra).describe('Feature bundles a consumer may select').optional(),
  resolutions: ranges('Ranges that replace every other one on a package').optional(),
  resolverVersion: z.number().int().min(1).describe('Version of the resolution algorithm; 1').optional(),
  systemDependencies: systemDependencies.optional(),
  env: z
    .record(
      z.string(),
      z.looseObject({ description: z.string(), required: z.boolean().optional(), default: z.string().optional() }),
    )
    .describe('Environment variables the package reads')
    .optional(),
  permissions: permissionsSchema.optional(),
  permissionGrants: z
    .record(z.string(), permissionsSchema)
    .describe('What dependencies may do beyond this package')
    .optional(),
  quality: z
    .looseObject({
      tests: z
        .array(z.looseObject({ name: z.string(), command: z.string(), description: z.string().optional() }))
        .optional(),
      evals: z
        .array(z.looseObject({ name: z.string(), path: z.string(), description: z.string().optional() }))
        .optional(),
    })
    .optional(),
  'dist-tags': z.record(z.string(), z.string()).describe('Informational; a registry keeps the tags').optional(),
  deprecated: z.looseObject({ message: z.string().max(280), replacement: z.string().optional() }).optional(),
  installMode: z.union([z.string(), z.record(z.string(), z.string())]).optional(),
  skills: text('Folder of the skills instead of skills/').optional(),
  commands: text('Folder of the commands instead of commands/').optional(),
  agents: text('Folder of the agents instead of agents/').optional(),
  rules: text('Folder of the rules instead of rules/').optional(),
  hooks: text('File of the hooks instead of hooks/hooks.json').optional(),
  mcp: text('File of the MCP servers instead of mcp/servers.json').optional(),
  'x-aam': aamExtension.optional(),
})

export type ManifestShape = z.infer<typeof manifestSchema>
export type Permissions = z.infer<typeof permissionsSchema>
