/** Passwords and tokens: how they are made, and the only form in which they are kept. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { fail } from '@aam/core'

const COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 1024 * 1024 } as const
const KEY = 32
/** Each takes 32 MB while it is computed, and one of the four threads that read files, too. */
const AT_ONCE = 2
/** Who comes when so many are waiting is sent away. */
const MOST_WAITING = 200

const SHORTEST = 10
const LONGEST = 256

/** @throws PASSWORD_INVALID */
export function checkPassword(password: string, user: string): void {
  const length = Array.from(password).length
  if (length < SHORTEST) {
    fail('PASSWORD_INVALID', { why: `it has ${String(length)} characters, at least ${String(SHORTEST)} are needed` })
  }
  if (length > LONGEST) fail('PASSWORD_INVALID', { why: `it has more than ${String(LONGEST)} characters` })
  if (password.toLowerCase() === user.toLowerCase()) fail('PASSWORD_INVALID', { why: 'it is the name' })
  if (new Set(password).size < 4) fail('PASSWORD_INVALID', { why: 'it has fewer than four different characters' })
}

/** `scrypt$N$r$p$salt$key`, salt and key in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** For users that are not there: comparing with it takes as long as comparing with a real one. */
const NOBODY = `scrypt$${String(COST.N)}$${String(COST.r)}$${String(COST.p)}$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Whether a password is the one that was hashed; `undefined`, for a user that is not there, never is. */
export async function verifyPassword(password: string, hashed: string | undefined): Promise<boolean> {
  const [, , , , salt = '', key = ''] = (hashed ?? NOBODY).split('$')
  const derived = await derive(password, Buffer.from(salt, 'base64url'))
  const same = timingSafeEqual(derived, Buffer.from(key, 'base64url'))
  return same && hashed !== undefined
}

let running = 0
const waiting: (() => void)[] = []

async function derive(password: string, salt: Buffer): Promise<Buffer> {
  if (waiting.length >= MOST_WAITING) {
    fail('REGISTRY_UNAVAILABLE', { why: 'too many sign in at the same time', seconds: 10 })
  }
  if (running >= AT_ONCE) await new Promise<void>(resolve => waiting.push(resolve))
  running++
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      scrypt(password.normalize('NFC'), salt, KEY, COST, (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      })
    })
  } finally {
    running--
    waiting.shift()?.()
  }
}

/** Tokens begin with this, so that scanners of repositories and logs know one when they see it. */
export const TOKEN_PREFIX = 'aam_'
const TOKEN = /^aam_[A-Za-z0-9_-]{43}[0-9a-f]{8}$/

/** A new token: prefix, 256 random bits in base64url, and the CRC-32 of both in hex. */
export function makeToken(random: (bytes: number) => Buffer): string {
  const body = `${TOKEN_PREFIX}${random(32).toString('base64url')}`
  return `${body}${checksum(body)}`
}

/** Whether `text` can be a token; what cannot is not looked up. */
export function isToken(text: string): boolean {
  return TOKEN.test(text) && checksum(text.slice(0, -8)) === text.slice(-8)
}

/** The form in which a token is kept: its hex SHA-256. It has 256 random bits, so that a slow hash would add nothing. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** What of a token may be shown, to tell it from others. */
export function tokenPrefix(token: string): string {
  return token.slice(0, TOKEN_PREFIX.length + 6)
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
