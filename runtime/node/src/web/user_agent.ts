import { UAParser } from 'ua-parser-js'

/** The content of a `User-Agent` field. */
export interface UserAgent {
  readonly isBot: boolean
  readonly ua: string
  readonly browser: { readonly name?: string; readonly version?: string; readonly major?: string }
  readonly device: { readonly model?: string; readonly type?: string; readonly vendor?: string }
  readonly engine: { readonly name?: string; readonly version?: string }
  readonly os: { readonly name?: string; readonly version?: string }
  readonly cpu: { readonly architecture?: string }
}

/** Crawlers of search engines, link previews and similar programs; the list is Next.js's. */
const bots = new RegExp(
  [
    'Googlebot',
    'Mediapartners-Google',
    'AdsBot-Google',
    'googleweblight',
    'Storebot-Google',
    'Google-PageRenderer',
    'Google-InspectionTool',
    'Bingbot',
    'BingPreview',
    'Slurp',
    'DuckDuckBot',
    'baiduspider',
    'yandex',
    'sogou',
    'LinkedInBot',
    'bitlybot',
    'tumblr',
    'vkShare',
    'quora link preview',
    'facebookexternalhit',
    'facebookcatalog',
    'Twitterbot',
    'applebot',
    'redditbot',
    'Slackbot',
    'Discordbot',
    'WhatsApp',
    'SkypeUriPreview',
    'ia_archiver',
    'GPTBot',
  ].join('|'),
  'i',
)

/** Parses the value of a `User-Agent` field. */
export function userAgentFromString(text: string | undefined): UserAgent {
  return {
    ...(UAParser(text) as Omit<UserAgent, 'isBot'>),
    isBot: text !== undefined && bots.test(text),
  }
}

/** Parses a request's `User-Agent` field. */
export function userAgent(request: {
  readonly headers: { get(name: string): string | null }
}): UserAgent {
  return userAgentFromString(request.headers.get('user-agent') ?? undefined)
}
