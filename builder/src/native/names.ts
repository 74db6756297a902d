/**
 * What the build calls the files it makes of a route; sdk/cmake/MillraceConfig.cmake gives the same
 * names.
 */
import { createHash } from 'node:crypto'

/**
 * The name of a route's shared object, without its ending: `app.api.users.route`. No two files have
 * the same, so a dot of the file's own name is written `~1`, and `~` is written `~0`.
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
 * The CMake target that makes it: an identifier would be the same for `a-b` and `a_b`, so a hash
 * goes behind it.
 */
export function targetName(file: string): string {
  const hash = createHash('md5').update(file).digest('hex').slice(0, 8)
  // Byte by byte, as CMake does it.
  const name = Buffer.from(moduleName(file)).toString('latin1')
  return `millrace_route_${name.replace(/[^A-Za-z0-9_]/g, '_')}_${hash}`
}
