/**
 * Writes a container image of one layer as an archive in the format of `docker save`, which Docker,
 * Podman, Buildah and Skopeo read. It is used rather than that of OCI because of the health check.
 *
 *   node packaging/image/archive.ts --layer TAR --architecture amd64 --version 0.1.0 --out FILE
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { imageConfig } from './config.ts'

const { values } = parseArgs({
  options: {
    layer: { type: 'string' },
    architecture: { type: 'string' },
    version: { type: 'string' },
    out: { type: 'string' },
  },
})
const { layer, architecture, version, out } = values
if (!layer || !architecture || !version || !out) {
  console.error('usage: archive.ts --layer TAR --architecture amd64 --version VERSION --out FILE')
  process.exit(2)
}

const hash = createHash('sha256')
await pipeline(createReadStream(layer), hash)
const digest = hash.digest('hex')
const created = new Date(Number(process.env['SOURCE_DATE_EPOCH'] ?? 0) * 1000).toISOString()
const config = JSON.stringify(imageConfig({ architecture, version, created, layers: [digest] }))
const configName = `${createHash('sha256').update(config).digest('hex')}.json`
const layerName = `${digest}.tar`

// On the same file system as the layer, so that it need not be copied.
const work = mkdtempSync(join(dirname(resolve(layer)), 'image-'))
try {
  linkSync(layer, join(work, layerName))
  writeFileSync(join(work, configName), config)
  const manifest = [{ Config: configName, RepoTags: [`millrace:${version}`], Layers: [layerName] }]
  writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest))
  const names = [layerName, configName, 'manifest.json']
  const options = ['--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']
  execFileSync('tar', ['-c', '-f', out, '-C', work, ...options, ...names], { stdio: 'inherit' })
} finally {
  rmSync(work, { recursive: true, force: true })
}
