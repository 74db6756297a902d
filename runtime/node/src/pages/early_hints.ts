/** `writeEarlyHints()` of node:http's responses: its checks, and what it writes. */
import { checkHeader } from './header_store.ts'

/** What Node.js's function uses of a response. */
interface Hinted {
  _header: string | null
  _writeRaw(head: string): boolean
}

/**
 * Returns the field lines of the 103 response that Node.js writes for these hints; null if it
 * writes none. Throws what Node.js throws.
 */
export function earlyHintFields(hints: unknown, headersSent: boolean): string | null {
  const { ServerResponse } = process.getBuiltinModule('node:http')
  let head = ''
  const response: Hinted = Object.create(ServerResponse.prototype, {
    _header: { value: headersSent ? 'sent' : null },
    _writeRaw: {
      value: (text: string) => {
        head += text
        return true
      },
    },
  })
  ServerResponse.prototype.writeEarlyHints.call(response as never, hints as never)
  if (head === '' || headersSent) return null
  const fields = head.slice(head.indexOf('\r\n') + 2, -2)
  // Not every version of Node.js checks the hints besides `link`.
  for (const line of fields.slice(0, -2).split('\r\n')) {
    const colon = line.indexOf(':')
    checkHeader(line.slice(0, Math.max(colon, 0)), line.slice(colon + 1).trim())
  }
  return fields
}
