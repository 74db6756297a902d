import { api } from '@/lib/pages-api'
import { requireRole, sessionCookie } from '@/lib/session'
import { figures } from '@/services/dashboard'

export default api({
  GET(req, res) {
    const admin = requireRole(req.cookies[sessionCookie], 'admin')
    res.setHeader('Cache-Control', 'private, no-store')
    res.json({ for: admin.email, ...figures() })
  },
})
