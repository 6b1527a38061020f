/** A `.env` file: variables for programs that are started in its folder. */
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { readText } from './config.ts'

/** What `.env` in a folder sets; nothing when there is none. */
export function readEnvFile(folder: string): Readonly<Record<string, string | undefined>> {
  const text = readText(join(folder, '.env'))
  return text === undefined ? {} : parseEnv(text)
}
