/**
 * A registry of npm packages for one test, on a free port: serves archives, and installed packages
 * that it packs. Other packages do not exist there, so that a test needs no network.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Registry extends AsyncDisposable {
  readonly url: string
}

interface Packed {
  readonly manifest: Manifest
  readonly content: Buffer
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * @param archives paths of packages as `npm pack` writes them.
 * @param folders paths of installed packages.
 * @param work a folder for temporary files.
 */
export async function startRegistry(
  archives: readonly string[],
  folders: readonly string[],
  work: string,
): Promise<Registry> {
  const all = [...archives, ...folders.map((folder) => pack(folder, work))].map(read)
  const packages = new Map(all.map((packed) => [packed.manifest.name, packed]))
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://registry').pathname).slice(1)
    const [name = '', archive] = path.split('/-/')
    const packed = packages.get(name)
    if (packed === undefined) {
      response.writeHead(404).end('{"error":"not found"}')
    } else if (archive !== undefined) {
      response.end(packed.content)
    } else {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(document(packed, packages, `http://${request.headers.host}`)))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Returns what a registry says of a package, without optional dependencies that are not there. */
function document(
  { manifest, content }: Packed,
  packages: ReadonlyMap<string, Packed>,
  url: string,
): object {
  const { name, version } = manifest
  const optional = Object.entries(manifest.optionalDependencies ?? {})
  const integrity = `sha512-${createHash('sha512').update(content).digest('base64')}`
  const entry = {
    ...manifest,
    optionalDependencies: Object.fromEntries(optional.filter(([other]) => packages.has(other))),
    dist: { integrity, tarball: `${url}/${name}/-/${version}.tgz` },
  }
  return { name, 'dist-tags': { latest: version }, versions: { [version]: entry } }
}

function pack(folder: string, work: string): string {
  const archive = join(mkdtempSync(join(work, 'packed-')), 'package.tgz')
  const tar = ['--create', '--transform', 's,^[.],package,', '--directory', folder, '.']
  execFileSync('sh', ['-c', 'tar "$@" | gzip -1 >"$0"', archive, ...tar])
  return archive
}

function read(archive: string): Packed {
  const manifest = execFileSync('tar', ['-xzOf', archive, 'package/package.json'])
  return { manifest: JSON.parse(manifest.toString()) as Manifest, content: readFileSync(archive) }
}
