import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SERVER_SETTINGS, readServerConfig } from '@aam/server'

const example = readFileSync(new URL('../../../deploy/registry.env.example', import.meta.url), 'utf8')
const lines = [...example.matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(([, off, name, value]) => ({
  name: name!,
  value: value!,
  isSet: off === '',
}))

test('the example of settings has every setting once, in the order in which they are listed, and no other', () => {
  expect(lines.map(({ name }) => name)).toEqual(Object.keys(SERVER_SETTINGS))
})

test('what is switched off in the example is what counts without it', () => {
  const off = lines.filter(({ isSet }) => !isSet).map(({ name, value }) => [name, value])
  const fallbacks = Object.entries(SERVER_SETTINGS).map(([name, { fallback }]) => [name, fallback])
  expect(fallbacks).toEqual(expect.arrayContaining(off))
})

test('the example is understood, switched on or off', () => {
  const all = Object.fromEntries(lines.map(({ name, value }) => [name, value]))
  const set = Object.fromEntries(lines.filter(({ isSet }) => isSet).map(({ name, value }) => [name, value]))
  expect(readServerConfig(all, '/data')).toEqual(readServerConfig(set, '/data'))
  expect(readServerConfig(set, '/data').trustProxy).toBe(true)
})
