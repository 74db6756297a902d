/**
 * The program of a Node.js worker: speaks the link (protocol/link.md) on descriptor 3 and runs the
 * routes written in JavaScript and TypeScript.
 */
// First of all: what is loaded later finds the light classes in the globals.
import './web/install.ts'
import { dirname, join } from 'node:path'
import { LogLevel } from '../../../protocol/generated/frames.ts'
import { DataCache } from './cache/data_cache.ts'
import { redirectConsole } from './process/console.ts'
import { dispatch, prepare } from './routes/dispatch.ts'
import { logError } from './base/errors.ts'
import { Link } from './link/link.ts'
import { loadingNotice } from './process/loading_notice.ts'
import { keepCompiledCode, mapStacksToSource, registerNextModules } from './project/modules.ts'
import { onListening } from './pages/request_listeners.ts'
import { currentRoute, describeRoute } from './project/routes_at_hand.ts'
import { sharePorts } from './process/shared_ports.ts'
import { Worker } from './worker/worker_core.ts'

// This module is always an entry: beside it lies next/, as sources or as bundles.
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'

const worker = new Worker(
  dispatch,
  {
    loaded(command) {
      if (command.mode === 'development') mapStacksToSource()
      else keepCompiledCode(join(dirname(command.manifest), 'cache'))
    },
    prepare,
  },
  (owner) => new Link(owner),
)
DataCache.shared.connect(worker.cache)
loadingNotice.onChange = (loading) => worker.tellLoading(loading)
onListening((listening) => worker.tellListening(listening))
redirectConsole((level, text) => worker.log(level, text))
sharePorts()
registerNextModules(new URL('./next/', import.meta.url), extension)

/** Says of which route a stray error is, where that is known. */
function strayError(event: string, error: unknown): void {
  const route = currentRoute()
  logError(error, `${event}${route === undefined ? '' : ` in ${describeRoute(route)}`}:`)
}

// As Next.js does: one handler's stray error is told and costs the other requests nothing.
process.on('uncaughtException', (error) => strayError('uncaughtException', error))
process.on('unhandledRejection', (error) => strayError('unhandledRejection', error))
process.on('exit', (code) => {
  if (!worker.leaving) {
    const open = worker.describeOpen()
    worker.log(
      LogLevel.warn,
      `a route has ended its worker with process.exit(${code})${open === '' ? '' : `; requests at hand: ${open}`}`,
    )
  }
  worker.flushSync()
})
