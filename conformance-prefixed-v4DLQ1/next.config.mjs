/** @type {import('next').NextConfig} */
export default {
  assetPrefix: '/cdn',

  generateBuildId: () => 'fixed',
  images: {
    dangerouslyAllowLocalIP: true,
    remotePatterns: [{ protocol: 'http', hostname: '127.0.0.1', pathname: '/*.png' }],
  },
  async redirects() {
    return [{ source: '/moved/:slug', destination: '/blog/:slug', permanent: true }]
  },
  async rewrites() {
    return {
      beforeFiles: [{ source: '/before', destination: '/dynamic?from=before' }],
      afterFiles: [{ source: '/after/:slug', destination: '/blog/:slug' }],
      fallback: [{ source: '/fallback/:rest*', destination: '/shop/:rest*' }],
    }
  },
  async headers() {
    return [{ source: '/blog/:path*', headers: [{ key: 'X-Blog', value: ':path*' }] }]
  },
}
