/** `~/.aam/credentials.yaml`: tokens of registry servers, readable by their user only, never in a project. */
import { randomBytes } from 'node:crypto'
import { chmodSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '@aam/client/files'
import { fail } from '@aam/core'
import { readText } from './config.ts'

/** What signing in to a registry left. */
export type Credential = { readonly token: string; readonly user: string }

/** By address of the registry, without a final slash. */
export type Credentials = ReadonlyMap<string, Credential>

const MODE = 0o600

export function credentialsPath(home: string): string {
  return join(home, 'credentials.yaml')
}

/**
 * Reads what was kept. The file is written as JSON, which is YAML too and costs less to read; one that was edited by hand
 * may be any YAML.
 * @throws CONFIG_INVALID
 */
export async function readCredentials(home: string, warn: (message: string) => void): Promise<Credentials> {
  const file = credentialsPath(home)
  const text = readText(file)
  if (text === undefined) return new Map()
  if ((statSync(file).mode & 0o077) !== 0) warn(`others may read ${file}; run \`chmod 600 ${file}\``)
  const invalid = (field: string, why: string): never => fail('CONFIG_INVALID', { file, field, why })
  const value = parseJson(text) ?? (await parseYaml(text, file))
  if (value === null || value === undefined) return new Map()
  const registries = objectAt(value)?.['registries']
  if (registries === undefined) return invalid('(top)', 'it must have registries')
  const entries = Object.entries(objectAt(registries) ?? invalid('registries', 'it must be keys and values'))
  return new Map(
    entries.map(([address, entry]) => {
      const { token, user } = objectAt(entry) ?? {}
      if (typeof token !== 'string' || token === '') return invalid(`registries.${address}`, 'it must have a token')
      return [address, { token, user: typeof user === 'string' ? user : '' }]
    }),
  )
}

/** Replaces what is kept; a file that would be empty is removed. */
export function writeCredentials(home: string, credentials: Credentials): void {
  const file = credentialsPath(home)
  if (credentials.size === 0) {
    rmSync(file, { force: true })
    return
  }
  const registries = Object.fromEntries([...credentials].sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileAtomic(file, `${JSON.stringify({ registries }, undefined, 2)}\n`, MODE)
  // An existing file keeps its mode when it is replaced; this one must not.
  chmodSync(file, MODE)
}

/** A password that nobody has to remember: 120 bits. */
export function makePassword(): string {
  return randomBytes(15).toString('base64url')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

async function parseYaml(text: string, file: string): Promise<unknown> {
  const { readYamlText } = await import('@aam/core/authoring')
  const { value, problems } = readYamlText(text, file)
  if (problems.length > 0) fail('FILE_INVALID', { what: 'The credentials in', file, problems })
  return value
}

function objectAt(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
