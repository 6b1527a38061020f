import { expect, test } from 'vitest'
import { editJsonText } from '@aam/core/manifest'

test('a document on one line stays on one line, however often it is edited (D1)', () => {
  const first = editJsonText('{"name":"q","version":"1.0.0"}', ['dependencies', 'b'], '^1.0.0')
  expect(first).toBe('{"name":"q","version":"1.0.0", "dependencies": {"b":"^1.0.0"}}')
  const second = editJsonText(first, ['dependencies', 'a'], '^2.0.0')
  expect(second).toBe('{"name":"q","version":"1.0.0", "dependencies": {"a": "^2.0.0", "b":"^1.0.0"}}')
  expect(editJsonText(second, ['dependencies', 'b'], undefined)).toBe(
    '{"name":"q","version":"1.0.0", "dependencies": {"a": "^2.0.0"}}',
  )
})
