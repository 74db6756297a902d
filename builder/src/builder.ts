/**
 * The builder process: evaluates `next.config.*` and bundles routes for the server, which starts it
 * and talks to it over the link at descriptor 3 (protocol/link.md, docs/building.md).
 */
import { Socket } from 'node:net'
import { Kind, protocolVersion } from '../../protocol/generated/frames.ts'
import { Commands } from './commands.ts'
import { encodeMessage, serveLink } from './link.ts'
import { endPrograms } from './native/run.ts'

const linkDescriptor = 3

const socket = new Socket({ fd: linkDescriptor, readable: true, writable: true })
const hello = {
  protocol: protocolVersion,
  role: 'builder',
  pid: process.pid,
  version: process.version,
}
socket.write(encodeMessage(Kind.hello, Buffer.from(JSON.stringify(hello))))

const commands = new Commands()
try {
  await serveLink(socket, { build: (message) => commands.run(message), ending: endPrograms })
  await commands.close()
  process.exit(0)
} catch (error) {
  console.error(`builder: ${(error as Error).message}`)
  process.exit(1)
}
