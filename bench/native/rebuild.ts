/**
 * Measures how long `millrace dev` takes from the save of one route in C++ to its new response.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const repository = join(import.meta.dirname, '../..')

/**
 * Returns the milliseconds from each save to the first new response; the first value is that after
 * the server's start.
 */
export async function measureRebuilds(millrace: string, saves: number): Promise<number[]> {
  const directory = join(repository, 'build/bench-native/dev')
  rmSync(directory, { recursive: true, force: true })
  cpSync(join(import.meta.dirname, 'project'), directory, { recursive: true })
  const server = spawn(millrace, ['dev', directory, '-p', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    let output = ''
    for await (const text of server.stdout.setEncoding('utf8')) {
      output += text as string
      if (/ready in/.test(output)) break
    }
    server.stdout.resume()
    const url = `http://127.0.0.1:${/localhost:(\d+)/.exec(output)![1]}/api/hello`
    await fetch(url)
    const file = join(directory, 'app/api/hello/route.cpp')
    const source = readFileSync(file, 'utf8')
    const took: number[] = []
    for (let save = 0; save < saves; save++) {
      const text = `world ${process.pid} ${save}`
      const began = performance.now()
      writeFileSync(file, source.replace('"world"', JSON.stringify(text)))
      while (!(await (await fetch(url)).text()).includes(text));
      took.push(performance.now() - began)
    }
    return took
  } finally {
    const ended = once(server, 'exit')
    server.kill('SIGTERM')
    await ended
  }
}
