import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

/** Returns a salted scrypt hash, as a string. */
export function hashPassword(password: string): string {
  const salt = randomBytes(16)
  return `${salt.toString('hex')}:${scryptSync(password, salt, 32).toString('hex')}`
}

export function passwordMatches(password: string, hash: string): boolean {
  const [salt = '', expected = ''] = hash.split(':')
  return timingSafeEqual(scryptSync(password, Buffer.from(salt, 'hex'), 32), Buffer.from(expected, 'hex'))
}
