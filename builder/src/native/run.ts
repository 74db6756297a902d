import { type ChildProcess, spawn } from 'node:child_process'

/** How a program ended. */
export interface Ended {
  /** Null if a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program until it exits.
 * @throws Error that names the program if it cannot be started.
 */
export function run(program: string, parameters: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.on('error', (error) => {
      running.delete(child)
      reject(new Error(`${program} cannot be started: ${error.message}`))
    })
    child.on('close', (code, signal) => {
      running.delete(child)
      resolve({ code, signal, stdout, stderr })
    })
  })
}

const running = new Set<ChildProcess>()

/** Ends the programs that run. The server kills what they have started themselves. */
export function endPrograms(): void {
  for (const child of running) child.kill()
}

/** Calls `work` for each item with limited concurrency; returns the results in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!)
  }
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker))
  return results
}

/** Announces on the terminal a step that takes long. */
export function announce(routes: number): void {
  const line = `  compiling the SDK's headers (once) and ${routes} ${routes === 1 ? 'route' : 'routes'} ...\n`
  // The server may show its progress in the same line.
  process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : line)
}
