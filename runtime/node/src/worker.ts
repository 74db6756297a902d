/**
 * The program of a Node.js worker. It speaks the link protocol (protocol/link.md) on descriptor 3
 * and runs routes written in JavaScript and TypeScript.
 */
// Must be the first import: modules loaded later expect the light classes in the globals.
import './web/install.ts'
import { dirname, join } from 'node:path'
import { LogLevel } from '../../../protocol/generated/frames.ts'
import { DataCache } from './cache/data_cache.ts'
import { redirectConsole } from './process/console.ts'
import { dispatch, prepare } from './routes/dispatch.ts'
import { logError } from './base/errors.ts'
import { Link } from './link/link.ts'
import { currentInvocation, followInvocations } from './invocation/current.ts'
import { loadingNotice } from './process/loading_notice.ts'
import { cacheCompiledCode, mapStacksToSource, registerNextModules } from './project/modules.ts'
import { onListening } from './pages/request_listeners.ts'
import { currentRoute, describeRoute } from './project/route_names.ts'
import { sharePorts } from './process/shared_ports.ts'
import { withSourcePositions } from './base/source_frames.ts'
import { Worker } from './worker/worker_core.ts'

// This module is always an entry point: next/ is beside it, as sources or as bundles.
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.mjs'

const worker = new Worker(
  dispatch,
  {
    loaded(command) {
      if (command.followsRequests === true) followInvocations()
      if (command.mode === 'development') mapStacksToSource()
      else cacheCompiledCode(join(dirname(command.manifest), 'cache'))
    },
    prepare,
  },
  (owner) => new Link(owner),
)
DataCache.shared.connect(worker.cache)
loadingNotice.onChange = (loading) => worker.sendLoading(loading)
onListening((listening) => worker.sendListening(listening))
redirectConsole((level, text) =>
  worker.log(
    level,
    level >= LogLevel.warn ? withSourcePositions(text) : text,
    currentInvocation()?.stream,
  ),
)
sharePorts()
registerNextModules(new URL('./next/', import.meta.url), extension)

/** Logs an uncaught error with the route whose code raised it, if that is known. */
function logUncaught(event: string, error: unknown): void {
  const route = currentRoute() ?? currentInvocation()?.target
  logError(error, `${event}${route === undefined ? '' : ` in ${describeRoute(route)}`}:`)
}

// As in Next.js, an uncaught error of one handler is logged and does not affect other requests.
process.on('uncaughtException', (error) => logUncaught('uncaughtException', error))
process.on('unhandledRejection', (error) => logUncaught('unhandledRejection', error))
process.on('exit', (code) => {
  if (!worker.leaving) {
    const open = worker.describeInFlight()
    worker.log(
      LogLevel.warn,
      `a route ended its worker with process.exit(${code})${open === '' ? '' : `; requests in flight: ${open}`}`,
    )
  }
  worker.flushSync()
})
