/**
 * Compresses the static files of a build, so that the server can send them without compressing them
 * for each request. The results are kept by content: a later build only links them.
 */
import { createHash } from 'node:crypto'
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { promisify } from 'node:util'
import * as zlib from 'node:zlib'

/** Bytes; smaller files are not worth it. As the server's threshold. */
const smallest = 1024
/** Bytes; the server compresses larger files as it sends them. */
const largest = 32 * 1024 * 1024
/** Bytes; the highest quality would take seconds for more. */
const largestAtBest = 2 * 1024 * 1024

/** A form is kept if it has at most this part of the file's size: a client must decode it. */
const worthwhile = 0.9

/** Bytes of new contents for which a build spends CPU time; the next build continues. */
export interface CompressionBudget {
  /** At the highest quality: about a minute of CPU time. */
  readonly best: number
  /** At any quality: about another minute. The server compresses further files as it sends them. */
  readonly all: number
}
const standardBudget: CompressionBudget = { best: 32 * 1024 * 1024, all: 512 * 1024 * 1024 }

/** The endings of files whose types the server compresses. */
const compressible = new Set(
  '.atom .bmp .cjs .css .csv .eot .htm .html .ico .ics .js .json .jsonld .map .md .mjs .otf .rss .rtf .svg .tar .ttf .txt .wasm .webmanifest .xhtml .xml .yaml .yml'.split(
    ' ',
  ),
)

/** How much CPU time a content gets. */
type Quality = 'best' | 'good' | 'fast'
type Compress = (content: Buffer, quality: Quality) => Promise<Buffer>

const brotliQuality = { best: 11, good: 9, fast: 5 }
/** No level has a window above 8 MB, which decoders need not support (RFC 9659). */
const zstdLevel = { best: 19, good: 12, fast: 6 }
const gzipLevel = { best: 9, good: 9, fast: 6 }

/** By the ending of the compressed file. */
const codings: Readonly<Record<string, Compress>> = {
  br: (content, quality) =>
    promisify(zlib.brotliCompress)(content, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: brotliQuality[quality],
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  zst: (content, quality) =>
    promisify(zlib.zstdCompress)(content, {
      params: { [zlib.constants.ZSTD_c_compressionLevel]: zstdLevel[quality] },
    }),
  gz: (content, quality) => promisify(zlib.gzip)(content, { level: gzipLevel[quality] }),
}

/** A file and the path of its compressed forms without their endings. */
interface Source {
  readonly file: string
  readonly target: string
}

/** The folders of a build. */
export interface CompressedBuild {
  /** Absolute path of the project. */
  readonly root: string
  /** Absolute path of the build's folder. */
  readonly outdir: string
}

/**
 * Writes the compressed forms of the build's static files to `compressed/static` in its folder, and
 * those of `public/` to `compressed/public`, where their names contain the size and the time of the
 * file. A form that is hardly smaller than the file is left out.
 * @returns the number of contents that were compressed, not only linked.
 */
export async function compressFiles(
  { root, outdir }: CompressedBuild,
  budget = standardBudget,
): Promise<number> {
  const sources = [
    ...(await sourcesIn(join(outdir, 'static'), join(outdir, 'compressed/static'), unstamped)),
    ...(await sourcesIn(join(root, 'public'), join(outdir, 'compressed/public'), stampOf)),
  ]
  const store = new Store(join(root, '.millrace/compressed'), budget)
  let next = 0
  const work = async (): Promise<void> => {
    for (let source = sources[next++]; source !== undefined; source = sources[next++])
      await store.write(source)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  await store.removeUnused()
  return store.compressed
}

interface Facts {
  readonly size: number
  readonly mtimeMs: number
}

/** Files of the build never change. */
function unstamped(): string {
  return ''
}

/** As the server writes it. */
function stampOf({ size, mtimeMs }: Facts): string {
  return `.${size.toString(16)}-${Math.round(mtimeMs).toString(16)}`
}

async function sourcesIn(
  folder: string,
  target: string,
  stamp: (facts: Facts) => string,
): Promise<Source[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const found = names
    .filter((name) => compressible.has(extname(name).toLowerCase()))
    .map(async (name): Promise<Source[]> => {
      const file = join(folder, name)
      const facts = await stat(file).catch(() => null)
      if (!facts?.isFile() || facts.size < smallest || facts.size > largest) return []
      return [{ file, target: join(target, name) + stamp(facts) }]
    })
  return (await Promise.all(found)).flat()
}

/**
 * Compressed contents, each in a folder that its hash names. An empty file is a form that is not
 * worth it.
 */
class Store {
  /** How many contents were compressed. */
  compressed = 0
  readonly #folder: string
  readonly #budget: CompressionBudget
  /** Bytes of contents that were compressed. */
  #spent = 0
  /** By hash. */
  readonly #used = new Map<string, Promise<void>>()

  constructor(folder: string, budget: CompressionBudget) {
    this.#folder = folder
    this.#budget = budget
  }

  /** Writes the forms of a file. */
  async write({ file, target }: Source): Promise<void> {
    const content = await readFile(file)
    const hash = createHash('sha256').update(content).digest('hex')
    const folder = join(this.#folder, hash)
    let made = this.#used.get(hash)
    if (made === undefined) this.#used.set(hash, (made = this.#make(folder, content)))
    await made
    await mkdir(dirname(target), { recursive: true })
    for (const name of Object.keys(codings)) {
      const form = join(folder, name)
      const facts = await stat(form).catch(() => null)
      if (facts !== null && facts.size > 0) await place(form, `${target}.${name}`)
    }
  }

  /** Removes what no file of this build needs. */
  async removeUnused(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => []))
      if (!this.#used.has(name))
        await rm(join(this.#folder, name), { recursive: true, force: true })
  }

  async #make(folder: string, content: Buffer): Promise<void> {
    if ((await stat(folder).catch(() => null)) !== null) return
    const before = this.#spent
    if (before + content.length > this.#budget.all) return
    this.#spent += content.length
    ++this.compressed
    const large = content.length > largestAtBest ? 'good' : 'best'
    const quality = before + content.length > this.#budget.best ? 'fast' : large
    const draft = `${folder}.draft`
    await rm(draft, { recursive: true, force: true })
    await mkdir(draft, { recursive: true })
    for (const [name, compress] of Object.entries(codings)) {
      const form = await compress(content, quality)
      const kept = form.length <= content.length * worthwhile
      await writeFile(join(draft, name), kept ? form : '')
    }
    await rename(draft, folder)
  }
}

/** Links a file, or copies it where the file system has no hard links. */
async function place(file: string, target: string): Promise<void> {
  await link(file, target).catch(() => copyFile(file, target))
}
