import type { ListenOptions, Server } from 'node:net'

import { fs, net } from '../base/builtins.ts'

/**
 * Shares TCP ports that the project's own code opens, for example a WebSocket server's in
 * `register()`. A worker and its replacement run side by side for a while, and so do several
 * workers. They share such a port (`SO_REUSEPORT`), and the kernel assigns each connection to one
 * of them. A draining worker accepts no more connections. A port that a process outside of this
 * server listens on is in use, as usual.
 */

/** The servers that listen, and whether each was opened while `register()` ran. */
const listening = new Map<Server, boolean>()
let registering = false

/** From now on, ports are shared between the workers of one server. */
export function sharePorts(): void {
  const listen = net.Server.prototype.listen as (this: Server, ...values: unknown[]) => Server
  const shared = function (this: Server, ...values: unknown[]): Server {
    const options = portOptions(values[0], values)
    if (options === null || isUsedByOthers(options.port!)) return listen.apply(this, values)
    const callback = values.findLast((value) => typeof value === 'function')
    const server = listen.apply(this, callback === undefined ? [options] : [options, callback])
    if (!listening.has(this)) this.once('close', () => listening.delete(this))
    listening.set(this, registering)
    return server
  }
  Object.defineProperty(shared, 'name', { value: 'listen' })
  net.Server.prototype.listen = shared as typeof net.Server.prototype.listen
}

/**
 * Calls `register` of an instrumentation file. Servers that an earlier `register` of this process
 * has opened accept no more connections: the new one opens them again.
 */
export async function registerWithPorts(register: () => unknown): Promise<void> {
  closePorts((opened) => opened)
  registering = true
  try {
    await register()
  } finally {
    registering = false
  }
}

/** New connections go to other workers; existing ones continue. */
export function stopAccepting(): void {
  closePorts(() => true)
}

function closePorts(which: (openedByRegister: boolean) => boolean): void {
  for (const [server, opened] of [...listening]) {
    if (!which(opened)) continue
    listening.delete(server)
    // Not the server's own `close()`: that of `node:http` closes connections too.
    if (server.listening) net.Server.prototype.close.call(server)
  }
}

/**
 * Returns the arguments of `listen(…)` as options that share the port; null if they name no TCP
 * port.
 */
function portOptions(first: unknown, values: readonly unknown[]): ListenOptions | null {
  if (typeof first === 'object' && first !== null) {
    const given = first as ListenOptions & { fd?: unknown; handle?: unknown; _handle?: unknown }
    const port = portOf(given.port)
    const other =
      given.path !== undefined ||
      given.fd !== undefined ||
      given._handle !== undefined ||
      given.handle !== undefined
    if (port === null || other || given.reusePort !== undefined) return null
    return { ...given, port, reusePort: true }
  }
  const port = portOf(first)
  if (port === null) return null
  const host = typeof values[1] === 'string' ? values[1] : undefined
  const backlog = values.slice(1, 3).find((value) => typeof value === 'number')
  return {
    port,
    reusePort: true,
    ...(host !== undefined && { host }),
    ...(backlog !== undefined && { backlog }),
  }
}

/** Returns a fixed port; null for 0, which the system replaces by a free one. */
function portOf(value: unknown): number | null {
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65536
    ? port
    : null
}

/**
 * Whether a process other than this server's workers listens on the port: another program, or this
 * process itself by mistake. False if that is unknown.
 */
function isUsedByOthers(port: number): boolean {
  const sockets = listeners(port)
  if (sockets.size === 0) return false
  const workers = siblings()
  if (workers.length === 0) return false
  for (const pid of workers) {
    if (pid === process.pid) continue
    for (const socket of socketsOf(pid)) sockets.delete(socket)
  }
  return sockets.size > 0
}

/** Returns the inodes of the sockets that listen on the port. */
function listeners(port: number): Set<string> {
  const sockets = new Set<string>()
  for (const table of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    for (const line of read(table).split('\n')) {
      // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (
        state === '0A' &&
        inode !== undefined &&
        Number.parseInt(local!.split(':')[1]!, 16) === port
      )
        sockets.add(inode)
    }
  }
  return sockets
}

/** Returns the children of the server, and of the server that it takes over from. */
function siblings(): number[] {
  const servers = [String(process.ppid), process.env['MILLRACE_PREDECESSOR'] ?? '']
  return servers
    .filter((server) => /^\d+$/.test(server))
    .flatMap((server) =>
      read(`/proc/${server}/task/${server}/children`).split(' ').filter(Boolean).map(Number),
    )
}

/** Returns the inodes of a process's sockets; empty if the process has ended. */
function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`
  let names: string[]
  try {
    names = fs.readdirSync(folder)
  } catch {
    return []
  }
  return names.flatMap((name) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`${folder}/${name}`))?.[1] ?? []
    } catch {
      return []
    }
  })
}

function read(path: string): string {
  try {
    return fs.readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
