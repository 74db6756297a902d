import { notFound } from '@/lib/errors'
import { api } from '@/lib/pages-api'
import { getPost, listPosts } from '@/services/posts'

// /api/posts/2026, /api/posts/2026/01 and /api/posts/2026/01/pricing
export default api({
  GET(req, res) {
    const [year = '', month, slug, ...more] = /** @type {string[]} */ (req.query.slug)
    const dated = /^\d{4}$/.test(year) && (month === undefined || /^\d{2}$/.test(month))
    if (!dated || more.length > 0) throw notFound(`Post ${[year, month, slug, ...more].filter(Boolean).join('/')}`)
    if (slug === undefined) {
      res.json({ posts: listPosts(Number(year), month === undefined ? undefined : Number(month)) })
    } else {
      res.json(getPost(Number(year), Number(month), slug))
    }
  },
})
