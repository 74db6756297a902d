/**
 * Provides the key with which Next.js encrypts the values that Server Actions close over. All
 * builds of a project use the same one, so that an action of a page that was loaded before a deploy
 * can be called after it.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readOrCreateKey } from '../../../runtime/node/src/project/key_file.ts'

/** The variable that Next.js reads the key from. */
export const keyVariable = 'NEXT_SERVER_ACTIONS_ENCRYPTION_KEY'

/** Next.js generates keys of this length for AES-256. */
const keyBytes = 32

/**
 * Returns the key in base64: that of the environment if it sets one, otherwise the project's own,
 * which is created at its first use.
 * @throws Error with a message for the user if the file cannot be read or is not a key.
 */
export function serverActionsKey(root: string, environment: NodeJS.ProcessEnv): string {
  const given = environment[keyVariable]
  if (given) return given
  const path = join(root, '.millrace', 'server-actions.key')
  const create = (): Buffer => Buffer.from(`${randomBytes(keyBytes).toString('base64')}\n`)
  const text = readOrCreateKey(path, create).toString().trim()
  if (Buffer.from(text, 'base64').length !== keyBytes)
    throw new Error(
      `${path}: expected ${keyBytes} bytes in base64; remove the file, and a new one is created`,
    )
  return text
}
