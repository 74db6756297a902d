/**
 * The methods that Next.js calls in a route of `app`, in the order in which manifests list them.
 * The server, the native worker and the SDK have lists of their own, which a test compares with
 * this one.
 */
export const routeMethods: readonly string[] = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
]

/** The export of a route of `app` that accepts upgrades, as of the package `next-ws`. */
export const upgradeExportName = 'UPGRADE'
