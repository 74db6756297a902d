/** @type {import('next').NextConfig} */
export default {
  basePath: '/docs',

  generateBuildId: () => 'fixed',
  async redirects() {
    return [{ source: '/moved', destination: '/about', permanent: false }]
  },
  async rewrites() {
    return {
      beforeFiles: [{ source: '/before', destination: '/about' }],
      afterFiles: [{ source: '/after/:id', destination: '/post/:id' }],
      fallback: [{ source: '/fallback/:id', destination: '/user/:id' }],
    }
  },
  async headers() {
    return [{ source: '/about', headers: [{ key: 'X-Configured', value: 'yes' }] }]
  },
}
