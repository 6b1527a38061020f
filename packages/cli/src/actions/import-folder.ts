/** `aam import`: makes a package of what a project keeps for its agents. The project stays as it is. */
import { lstatSync } from 'node:fs'
import { basename, relative, resolve, sep } from 'node:path'
import { isEmptyFolder, writeFolderAtomic } from '@aam/client/files'
import { type Problem, compareText, fail, parsePackageName } from '@aam/core'
import { decodeManifest } from '@aam/core/manifest'
import { readFrontmatter } from '@aam/core/authoring'
import { PLUGIN_MANIFEST, encodeHooks, encodeServers, explainLeftOver, folderOf, recognise } from '@aam/platforms'
import { nameFromFolder } from '../disk/project.ts'
import type { SourceTree } from '../disk/source-tree.ts'
import { readState } from '../disk/state.ts'
import type { Context } from '../world.ts'
import { inspectFiles } from './author.ts'
import { type Neighbour, detectLicense, readNeighbour } from './find-artifacts.ts'
import { type Basket, type LeftOut, type TakenPart, addFile, leaveOut, startBasket } from './import/basket.ts'
import { hideDeployed } from './import/deployed.ts'
import { takeDocument, takeSkill } from './import/documents.ts'
import { takeHooks, takeServers } from './import/settings.ts'
import { listPaths, marketplacePlugins, openSource, readPlugin } from './import/source.ts'
import { SCHEMA, schemaText } from './init.ts'

export type ImportFolderRequest = {
  /** A folder, or one of the places in it that are recognised; the current folder when absent. */
  readonly source: string | undefined
  readonly out: string | undefined
  readonly name: string | undefined
  readonly dryRun: boolean
}

export type ImportFolderResult = {
  readonly name: string
  readonly version: string
  /** Where the package is; relative to the current folder when it is in it. */
  readonly folder: string
  readonly dryRun: boolean
  readonly taken: readonly TakenPart[]
  readonly leftOut: readonly LeftOut[]
  /** What changed on the way, and what `aam validate` says about the package. */
  readonly problems: readonly Problem[]
}

/** @throws IMPORT_NOTHING, IMPORT_TARGET_TAKEN, NAME_INVALID */
export function importFolder({ world }: Context, request: ImportFolderRequest): ImportFolderResult {
  const { tree: whole, focus } = openSource(resolve(world.cwd, request.source ?? '.'))
  const { tree, isDeployed } = hideDeployed(whole, readState(whole.root).deployed)
  const neighbour = readNeighbour(tree.root, [PLUGIN_MANIFEST, 'package.json'].filter(tree.isFile))
  const name = parsePackageName(request.name ?? neighbour.name ?? nameFromFolder(tree.root))
  const folder = resolve(world.cwd, request.out ?? basename(name))
  if (isTaken(folder)) fail('IMPORT_TARGET_TAKEN', { folder })
  const basket = gather(tree, focus, isDeployed)
  if (basket.taken.length === 0) {
    const { leftOut } = basket
    fail('IMPORT_NOTHING', { source: tree.root, leftOut, plugins: marketplacePlugins(tree) })
  }
  const manifest = describePackage(basket, name, neighbour)
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  addFile(basket, '', { path: SCHEMA, data: Buffer.from(schemaText()), executable: false })
  addFile(basket, '', { path: 'package.agent.json', data: Buffer.from(text), executable: false })
  const problems = [...basket.warnings, ...inspectBasket(basket, text)]
  const files = [...basket.files.values()].sort((a, b) => compareText(a.path, b.path))
  if (!request.dryRun) writeFolderAtomic(folder, files)
  return {
    name,
    version: manifest.version,
    folder: folder.startsWith(world.cwd + sep) ? relative(world.cwd, folder) : folder,
    dryRun: request.dryRun,
    taken: basket.taken,
    leftOut: basket.leftOut,
    problems,
  }
}

/** Whether something is there that a package must not be written over. */
function isTaken(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  return stat !== undefined && !(stat.isDirectory() && isEmptyFolder(folder))
}

/** Takes everything that can be taken, in order of precedence. */
function gather(tree: SourceTree, focus: string | undefined, isDeployed: (path: string) => boolean): Basket {
  const basket = startBasket(tree)
  const plugin = focus === undefined ? readPlugin(basket) : undefined
  const paths = listPaths(tree, focus, plugin)
  for (const candidate of recognise(paths, plugin)) {
    if (isDeployed(candidate.path)) {
      for (const path of paths) if (path.startsWith(`${folderOf(candidate.path)}/`)) basket.used.add(path)
      leaveOut(basket, candidate.path, 'aam put it there; it belongs to another package')
    } else if (candidate.kind === 'skills') takeSkill(basket, candidate, paths)
    else if (candidate.kind === 'hooks') takeHooks(basket, candidate)
    else if (candidate.kind === 'servers') takeServers(basket, candidate)
    else takeDocument(basket, candidate)
  }
  const { hooks, servers, inputs } = basket
  const made: [path: string, text: string][] = [
    ...(hooks.length === 0
      ? []
      : [['hooks/hooks.json', encodeHooks(hooks.map(({ hook }) => hook))] as [string, string]]),
    ...(servers.size === 0
      ? []
      : [
          [
            'mcp/servers.json',
            encodeServers(
              [...servers.values()].map(each => each.server),
              [...inputs.values()],
            ),
          ] as [string, string],
        ]),
  ]
  for (const [path, text] of made) addFile(basket, path, { path, data: Buffer.from(text), executable: false })
  for (const [path, why] of tree.refused) leaveOut(basket, path, why)
  for (const { file, why } of leftOvers(paths.filter(path => !basket.used.has(path)))) leaveOut(basket, file, why)
  return basket
}

/** What nobody took, a line for each folder. */
function leftOvers(paths: readonly string[]): LeftOut[] {
  const lines = new Map<string, LeftOut>()
  for (const path of paths) {
    const why = explainLeftOver(path)
    if (why === undefined) continue
    const [top, second, ...rest] = path.split('/')
    const file = rest.length === 0 ? path : `${top ?? ''}/${second ?? ''}/`
    lines.set(`${file} ${why}`, { file, why })
  }
  return [...lines.values()]
}

/** What an import cannot know is left as `aam init` leaves it. */
function describePackage(
  basket: Basket,
  name: string,
  neighbour: Neighbour,
): Readonly<Record<string, unknown>> & { readonly version: string } {
  const license = neighbour.license ?? detectLicense(basket.tree.root, basket.tree.names())
  const legal = basket.tree.names().filter(file => /^(?:licen[cs]e|copying|notice)(?:\.[a-z]+)?$/i.test(file))
  for (const file of legal.filter(basket.tree.isFile)) addFile(basket, file, basket.tree.read(file))
  const description = neighbour.description ?? describeOnly(basket) ?? `What ${name} helps with`
  const env = Object.fromEntries(
    [...basket.secrets].map(([variable, about]) => [variable, { description: about, required: true }]),
  )
  return {
    $schema: `./${SCHEMA}`,
    name,
    version: neighbour.version ?? '0.1.0',
    description,
    ...(license === undefined ? {} : { license }),
    ...(neighbour.keywords === undefined ? {} : { keywords: neighbour.keywords }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
  }
}

/** A package of one artifact is for what that artifact is for. */
function describeOnly({ taken, files }: Basket): string | undefined {
  const [only] = taken
  if (taken.length !== 1 || only === undefined) return undefined
  const main = files.get(only.kind === 'skills' ? `${only.to}/SKILL.md` : only.to)
  const said = readFrontmatter(Buffer.from(main?.data ?? []).toString('utf8'), only.to)?.fields['description']
  return typeof said === 'string' && said !== '' ? said.slice(0, 1024) : undefined
}

/** What `aam validate` will say. Nothing of it stops the import: the author corrects it in the package. */
function inspectBasket(basket: Basket, manifest: string): Problem[] {
  const format = 'package.agent.json'
  const read = (path: string): string => Buffer.from(basket.files.get(path)?.data ?? []).toString('utf8')
  const { problems } = inspectFiles(decodeManifest(manifest, format), format, { paths: [...basket.files.keys()], read })
  return problems.map(problem => ({ ...problem, severity: 'warning' }))
}
