/** Runs Debian's nginx (nginx-light), which tests put in front of other servers. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { temporaryDirectory } from './project.ts'

export const nginxProgram = '/usr/sbin/nginx'

/** Whether nginx is installed. */
export const hasNginx = existsSync(nginxProgram)

/**
 * Starts nginx with what `http` contains, which listens on `port` of 127.0.0.1. Returns its end.
 */
export async function startNginxWith(http: string, port: number): Promise<() => Promise<void>> {
  const folder = temporaryDirectory()
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  )
  const configuration = `
    daemon off;
    master_process off;
    pid ${join(folder, 'nginx.pid')};
    error_log ${join(folder, 'error.log')};
    events { worker_connections 512; }
    http {
      access_log off;
      ${paths.join('\n      ')}
      ${http}
    }
  `
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, configuration)
  const child = spawn(nginxProgram, ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], {
    stdio: 'inherit',
  })
  process.once('exit', () => child.kill('SIGKILL'))
  await listening(child, port)
  return async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
    const socket = connect({ port, host: '127.0.0.1' })
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      once(socket, 'error').then(() => ['error']),
    ]).catch(() => ['error'])
    socket.destroy()
    if (event === 'connect') return
    await wait(20)
  }
}
