/** The exports of an app route's module. */
import { routeMethods, upgradeExportName } from '../base/methods.ts'
import type { LoadedRoute, RouteModule } from '../project/generation.ts'
import type { Route } from '../project/manifest.ts'

/** An `UPGRADE` export; upgrade/upgrade_export.ts has its parameters. */
export type UpgradeExport = (...args: never[]) => unknown

/**
 * Returns what a module exports under a name. The exports of a CommonJS module may be only in its
 * default export.
 */
export function exported(module: RouteModule, name: string): unknown {
  return name in module
    ? module[name]
    : (module['default'] as Record<string, unknown> | null | undefined)?.[name]
}

/** Logs mistakes in what a route exports, in development. */
export function warnOfExports(module: RouteModule, { file }: Route): void {
  for (const name of routeMethods) {
    const lower = name.toLowerCase()
    if (lower in module) {
      console.error(
        `Detected lowercase method '${lower}' in '${file}'. Export the uppercase '${name}' method name to fix this error.`,
      )
    }
  }
  if ('default' in module) {
    console.error(
      `Detected default export in '${file}'. Export a named export for each HTTP method instead.`,
    )
  }
  if (!routeMethods.some((name) => name in module) && upgradeExport(module) === null) {
    console.error(
      `No HTTP methods exported in '${file}'. Export a named export for each HTTP method.`,
    )
  }
}

const exporting = new WeakSet<LoadedRoute>()

/** Records that a route has an `UPGRADE` export. */
export function noteUpgradeExport(target: LoadedRoute): void {
  exporting.add(target)
}

/** Whether a route whose module has been loaded has an `UPGRADE` export. */
export function hasUpgradeExport(target: LoadedRoute): boolean {
  return exporting.has(target)
}

/** Returns the `UPGRADE` export of an app route's module; null if there is none. */
export function upgradeExport(module: RouteModule): UpgradeExport | null {
  const found = exported(module, upgradeExportName)
  return typeof found === 'function' ? (found as UpgradeExport) : null
}
