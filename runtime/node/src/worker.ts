/**
 * The program of a Node.js worker: speaks the link (protocol/link.md) on descriptor 3 and runs the
 * routes written in JavaScript and TypeScript.
 */
// First of all: what is loaded later finds the light classes in the globals.
import './web/install.ts'
import { LogLevel } from '../../../protocol/generated/frames.ts'
import { DataCache } from './app/data_cache.ts'
import { redirectConsole } from './console.ts'
import { dispatch } from './dispatch.ts'
import { Link } from './link.ts'
import { mapStacksToSource, registerNextModules } from './modules.ts'
import { Worker } from './worker_core.ts'

// This module is always an entry: beside it lies next/, as sources or as bundles.
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'

const worker = new Worker(
  dispatch,
  {
    loaded(command) {
      if (command.mode === 'development') mapStacksToSource()
    },
  },
  (owner) => new Link(owner),
)
DataCache.shared.connect(worker.cache)
redirectConsole((level, text) => worker.log(level, text))
registerNextModules(new URL('./next/', import.meta.url), extension)

// As Next.js does: one handler's stray error is told and costs the other requests nothing.
process.on('uncaughtException', (error) => console.error('uncaughtException:', error))
process.on('unhandledRejection', (error) => console.error('unhandledRejection:', error))
process.on('exit', (code) => {
  if (!worker.leaving) worker.log(LogLevel.warn, `a route has ended its worker with process.exit(${code})`)
  worker.flushSync()
})
