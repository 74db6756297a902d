/**
 * The route `/_next/image` of projects with pages: what of the `images` configuration the server
 * checks itself before it passes a request to the image optimiser of the project's Next.js.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { HandedOver } from '../../../adapter/src/handed_over.ts'
import type { ManifestImages } from '../../../runtime/node/src/project/manifest.ts'
import type { ImageRoute } from '../bundle/types.ts'

/** The file of `next build` with the resolved configuration; its patterns are expressions. */
const manifestName = 'images-manifest.json'

interface ImagesManifest {
  readonly version: number
  readonly images: {
    readonly loader?: string
    readonly unoptimized?: boolean
    readonly sizes: readonly number[]
    readonly qualities?: readonly number[]
    readonly domains?: readonly string[]
    readonly localPatterns?: ManifestImages['local_patterns']
    readonly remotePatterns?: ManifestImages['remote_patterns']
  }
}

/** The image route of a build, and the configuration of the checks. */
export interface ImagesOutput {
  readonly route: ImageRoute
  readonly images: ManifestImages
}

/** Describes the image route; null if the project's Next.js describes images otherwise. */
export function imagesOf(outdir: string, { distDir }: HandedOver): ImagesOutput | null {
  const file = join(distDir, manifestName)
  if (!existsSync(file)) return null
  const { version, images } = JSON.parse(readFileSync(file, 'utf8')) as ImagesManifest
  if (version !== 1) return null
  const { loader = 'default', unoptimized = false, sizes, qualities, domains = [] } = images
  const { localPatterns, remotePatterns = [] } = images
  return {
    route: {
      path: '/_next/image',
      kind: 'image',
      file: 'node_modules/next/dist/server/image-optimizer.js',
      parameters: [],
      module: relative(outdir, file),
      methods: null,
      options: {},
      engine: 'next',
    },
    images: {
      enabled: loader === 'default' && !unoptimized,
      sizes,
      ...(qualities === undefined ? {} : { qualities }),
      ...(localPatterns === undefined ? {} : { local_patterns: localPatterns }),
      remote_patterns: remotePatterns,
      domains,
    },
  }
}
