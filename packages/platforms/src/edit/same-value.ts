/**
 * Whether two values that were read from JSON or TOML are the same: the order of members does not matter, that of elements
 * does. Dates are the same when they are written the same.
 */
export function sameValue(left: unknown, right: unknown): boolean {
  if (Object.is(left, right) || left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (left instanceof Date || right instanceof Date) {
    return left instanceof Date && right instanceof Date && JSON.stringify(left) === JSON.stringify(right)
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false
    return left.every((element, index) => sameValue(element, right[index]))
  }
  const members = Object.entries(left)
  if (members.length !== Object.keys(right).length) return false
  return members.every(([key, value]) => Object.hasOwn(right, key) && sameValue(value, member(right, key)))
}

/** The own member `key` of an object, also when it is called `__proto__`. */
export function member(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value
}

/** Whether `value` is an object with members: neither a list nor a date. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
