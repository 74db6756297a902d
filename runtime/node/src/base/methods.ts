/**
 * The methods that a route of `app` may answer, in the order in which manifests list them: what
 * Next.js calls. The server, the worker for C++ and the SDK have lists of their own, which a test
 * compares with this one.
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
