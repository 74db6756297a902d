/**
 * Names the files that the build creates for a route; sdk/cmake/MillraceConfig.cmake uses the same
 * names.
 */
import { createHash } from 'node:crypto'

/**
 * Returns the name of a route's shared object, without its extension: `app.api.users.route`. Names
 * are unique per file, so a dot in the file's own name is written `~1`, and `~` is written `~0`.
 * @param file relative to the project.
 */
export function moduleName(file: string): string {
  return file
    .replace(/\.cpp$/, '')
    .replaceAll('~', '~0')
    .replaceAll('.', '~1')
    .replaceAll('/', '.')
}

/**
 * Returns the route's CMake target. An identifier would be the same for `a-b` and `a_b`, so a hash
 * is appended.
 */
export function targetName(file: string): string {
  const hash = createHash('md5').update(file).digest('hex').slice(0, 8)
  // Byte by byte, as CMake does.
  const name = Buffer.from(moduleName(file)).toString('latin1')
  return `millrace_route_${name.replace(/[^A-Za-z0-9_]/g, '_')}_${hash}`
}
