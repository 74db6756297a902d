/**
 * Writes the texts of metadata routes (robots.txt, sitemap, web app manifest) from what the
 * project's functions return. Values are not escaped, as in Next.js.
 */

/** One value or several. */
type Several<T> = T | readonly T[]

/** The return value of a `robots` function. */
export interface Robots {
  readonly rules: Several<RobotsRule>
  readonly sitemap?: Several<string>
  readonly host?: string
}

interface RobotsRule {
  readonly userAgent?: Several<string>
  readonly allow?: Several<string>
  readonly disallow?: Several<string>
  readonly crawlDelay?: number
  readonly other?: Readonly<Record<string, Several<string | number> | null | undefined>>
}

/** An item of the return value of a `sitemap` function. */
export interface SitemapEntry {
  readonly url: string
  readonly lastModified?: string | Date
  readonly changeFrequency?: string
  readonly priority?: number
  readonly alternates?: { readonly languages?: Readonly<Record<string, string | undefined>> }
  readonly images?: readonly string[]
  readonly videos?: readonly SitemapVideo[]
}

interface Related {
  readonly relationship: string
  readonly content: string
}

type VideoText = string | number | undefined

interface SitemapVideo {
  readonly title: string
  readonly thumbnail_loc: string
  readonly description: string
  readonly restriction?: Related
  readonly platform?: Related
  readonly uploader?: { readonly info?: string; readonly content?: string }
  readonly [name: string]:
    | VideoText
    | Related
    | { readonly info?: string; readonly content?: string }
}

/** Returns the text of robots.txt. */
export function robotsText(robots: Robots): string {
  const lines: string[] = []
  const add = (name: string, values: unknown): void => {
    for (const value of listed(values)) lines.push(`${name}: ${String(value)}`)
  }
  for (const rule of listed(robots.rules)) {
    add('User-Agent', rule.userAgent || '*')
    if (rule.allow) add('Allow', rule.allow)
    if (rule.disallow) add('Disallow', rule.disallow)
    if (rule.crawlDelay) add('Crawl-delay', rule.crawlDelay)
    for (const [name, values] of Object.entries(rule.other ?? {})) {
      if (values !== null && values !== undefined) add(name, values)
    }
    lines.push('')
  }
  if (robots.host) add('Host', robots.host)
  if (robots.sitemap) add('Sitemap', robots.sitemap)
  return lines.map((line) => `${line}\n`).join('')
}

/** Returns the XML of a sitemap. */
export function sitemapText(entries: readonly SitemapEntry[]): string {
  const uses = (has: (entry: SitemapEntry) => boolean, attribute: string): string =>
    entries.some(has) ? ` ${attribute}` : ''
  const names =
    uses(
      (entry) => isFilled(entry.images),
      'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"',
    ) +
    uses(
      (entry) => isFilled(entry.videos),
      'xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"',
    ) +
    uses(
      (entry) => isFilled(Object.keys(entry.alternates ?? {})),
      'xmlns:xhtml="http://www.w3.org/1999/xhtml"',
    )
  const urls = entries.map((entry) => `<url>\n${entryText(entry)}</url>\n`).join('')
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"${names}>\n${urls}</urlset>\n`
}

/** Returns the JSON of a web app manifest. */
export function manifestText(manifest: unknown): string {
  return JSON.stringify(manifest)
}

function entryText(entry: SitemapEntry): string {
  const { lastModified, changeFrequency, priority } = entry
  const parts = [`<loc>${entry.url}</loc>`]
  for (const [language, url] of Object.entries(entry.alternates?.languages ?? {})) {
    parts.push(`<xhtml:link rel="alternate" hreflang="${language}" href="${String(url)}" />`)
  }
  for (const image of entry.images ?? []) {
    parts.push('<image:image>', `<image:loc>${image}</image:loc>`, '</image:image>')
  }
  for (const video of entry.videos ?? []) parts.push(...videoLines(video))
  if (lastModified) {
    parts.push(
      `<lastmod>${lastModified instanceof Date ? lastModified.toISOString() : lastModified}</lastmod>`,
    )
  }
  if (changeFrequency) parts.push(`<changefreq>${changeFrequency}</changefreq>`)
  if (typeof priority === 'number') parts.push(`<priority>${priority}</priority>`)
  return parts.map((part) => `${part}\n`).join('')
}

/** The optional plain fields of a video, in the order of output. */
const optionalVideoFields = [
  'content_loc',
  'player_loc',
  'duration',
  'view_count',
  'tag',
  'rating',
  'expiration_date',
  'publication_date',
  'family_friendly',
  'requires_subscription',
  'live',
]

function videoLines(video: SitemapVideo): string[] {
  const element = (name: string, value: unknown, attributes = ''): string =>
    `<video:${name}${attributes}>${String(value)}</video:${name}>`
  const { restriction, platform, uploader } = video
  const lines = [
    '<video:video>',
    ...['title', 'thumbnail_loc', 'description'].map((name) => element(name, video[name])),
  ]
  for (const name of optionalVideoFields) {
    if (video[name]) lines.push(element(name, video[name]))
  }
  if (restriction)
    lines.push(
      element('restriction', restriction.content, ` relationship="${restriction.relationship}"`),
    )
  if (platform)
    lines.push(element('platform', platform.content, ` relationship="${platform.relationship}"`))
  // For a missing `info`, Next.js writes `undefined` behind the element's name, which is invalid
  // XML; here it is omitted.
  if (uploader)
    lines.push(
      element('uploader', uploader.content, uploader.info ? ` info="${uploader.info}"` : ''),
    )
  return [...lines, '</video:video>']
}

function isFilled(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0
}

function listed<T>(value: Several<T>): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}
