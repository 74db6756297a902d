/** @type {import('next').NextConfig} */
export default {
  basePath: '/docs', trailingSlash: true,

  generateBuildId: () => 'fixed',
  i18n: {
    locales: ['en', 'de', 'fr'],
    defaultLocale: 'en',
    domains: [{ domain: 'example.fr', defaultLocale: 'fr', http: true }],
  },
  async redirects() {
    return [
      { source: '/moved/:id', destination: '/closed/:id', permanent: false },
      { source: '/weg', destination: '/de/about', permanent: false, locale: false },
    ]
  },
  async rewrites() {
    return {
      beforeFiles: [{ source: '/before', destination: '/dynamic?from=before' }],
      afterFiles: [{ source: '/after/:id', destination: '/blocking/:id' }],
      fallback: [{ source: '/fallback/:id', destination: '/dynamic?from=fallback' }],
    }
  },
}
