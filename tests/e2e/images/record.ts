/**
 * Writes recorded.json: what `next start` responds to the requests of site.ts. Takes a minute;
 * nothing listens beyond loopback. Run it from the repository: `node tests/e2e/images/record.ts`.
 */
import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { freePort, project } from '../support/index.ts'
import { repository } from '../support/server.ts'
import { files, requests, send, startPictures, type ImageResponse } from './site.ts'

const next = `${repository}node_modules/next/dist/bin/next`
const directory = project({ files, forNext: true })
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
execFileSync(process.execPath, [next, 'build'], { cwd: directory, env, stdio: 'inherit' })

const port = await freePort()
const args = [next, 'start', '-p', String(port), '-H', '127.0.0.1']
const server = spawn(process.execPath, args, { cwd: directory, env })
await new Promise<void>((resolve, reject) => {
  server.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (text.includes('Ready')) resolve()
  })
  server.once('exit', () => reject(new Error('`next start` has ended')))
})
server.stderr.pipe(process.stderr)

const pictures = await startPictures()
const recorded: ImageResponse[] = []
for (const request of requests)
  recorded.push(await send(`http://127.0.0.1:${port}`, request, pictures.port))
const lines = recorded.map((response) => `  ${JSON.stringify(response)}`)
writeFileSync(new URL('recorded.json', import.meta.url), `[\n${lines.join(',\n')}\n]\n`)
pictures.close()
server.kill()
