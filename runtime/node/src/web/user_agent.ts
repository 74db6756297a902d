import { UAParser } from 'ua-parser-js'

/** What a `User-Agent` field says. */
export interface UserAgent {
  readonly isBot: boolean
  readonly ua: string
  readonly browser: { readonly name?: string; readonly version?: string; readonly major?: string }
  readonly device: { readonly model?: string; readonly type?: string; readonly vendor?: string }
  readonly engine: { readonly name?: string; readonly version?: string }
  readonly os: { readonly name?: string; readonly version?: string }
  readonly cpu: { readonly architecture?: string }
}

/** Programs that read pages for search engines, previews and the like; the list is Next.js's. */
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

/** What a `User-Agent` field's value says. */
export function userAgentFromString(text: string | undefined): UserAgent {
  return {
    ...(UAParser(text) as Omit<UserAgent, 'isBot'>),
    isBot: text !== undefined && bots.test(text),
  }
}

/** What a request's `User-Agent` field says. */
export function userAgent(request: {
  readonly headers: { get(name: string): string | null }
}): UserAgent {
  return userAgentFromString(request.headers.get('user-agent') ?? undefined)
}
