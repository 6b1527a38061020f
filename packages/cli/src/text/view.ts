import { styleText } from 'node:util'
import type { World } from '../world.ts'

/** How a result is shown: in colour or not, never different words. */
export type View = {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
  /** How many characters a line has room for. */
  readonly columns: number
}

type Style = Parameters<typeof styleText>[0]

export function createView({ colour, columns }: World['terminal']): View {
  const style =
    (format: Style) =>
    (text: string): string =>
      colour ? styleText(format, text, { validateStream: false }) : text
  return {
    bold: style('bold'),
    dim: style('dim'),
    good: style('green'),
    bad: style('red'),
    warn: style('yellow'),
    columns,
  }
}

/**
 * Text with nothing in it that steers a terminal: names, descriptions and messages come from other people. Line ends and
 * tabs stay, and colours where there are any of ours.
 */
export function harmless(text: string, colour: boolean): string {
  const still = text.replace(STEERING, '\ufffd')
  return colour ? still : still.replaceAll('\u001b', '\ufffd')
}

const STEERING =
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  /\u001b(?!\[[0-9;]*m)|[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Columns padded to the widest cell of each. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  }
  return rows.map(row =>
    row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  '),
  )
}

/** A text from outside as part of a line: control characters and line breaks are blanks, what does not fit is cut off. */
export function fitText(text: string, width: number): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is taken out
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ').trim()
  const characters = Array.from(line)
  return characters.length <= width
    ? line
    : `${characters
        .slice(0, Math.max(0, width - 1))
        .join('')
        .trimEnd()}…`
}

/** `1 file`, `12.3 kB`: a number of bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${String(bytes)} B`
  const units = ['kB', 'MB', 'GB']
  let value = bytes
  let unit = -1
  do {
    value /= 1000
    unit++
  } while (value >= 1000 && unit < units.length - 1)
  return `${value.toFixed(1)} ${units[unit] ?? ''}`
}
