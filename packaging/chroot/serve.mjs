// Runs `npm run dev` or `npm run start` in the current folder, sends a request when the server says
// its URL, and compares the response.
//
//   node serve.mjs dev|start PATH STATUS TEXT
import { spawn } from 'node:child_process'

const [command, path, status, text] = process.argv.slice(2)
const server = spawn('npm', ['run', '--silent', command, '--', '-p', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  detached: true,
})
server.stdout.setEncoding('utf8')
let output = ''
const url = await new Promise((resolve, reject) => {
  server.stdout.on('data', (piece) => {
    process.stdout.write(piece)
    output += piece
    const found = /http:\/\/localhost:\d+/.exec(output)
    if (found && /ready in/i.test(output)) resolve(found[0])
  })
  server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
})
const response = await fetch(url + path)
const body = await response.text()
console.log(`GET ${path}: ${response.status}, ${body.length} characters`)
if (response.status !== Number(status) || !body.includes(text)) {
  console.error(`expected ${status} and ${text}, found:\n${body.slice(0, 2000)}`)
  process.exitCode = 1
}
server.removeAllListeners('exit')
// All processes, as a terminal does: the shell of npm passes no signal on.
process.kill(-server.pid, 'SIGTERM')
