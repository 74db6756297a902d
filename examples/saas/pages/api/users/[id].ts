import type { NextApiRequest } from 'next'
import { forbidden, notFound } from '@/lib/errors'
import { api } from '@/lib/pages-api'
import { requireUser, sessionCookie } from '@/lib/session'
import { changeUser, deleteUser, getUser, userChanges } from '@/services/users'

function userId(req: NextApiRequest): number {
  const id = String(req.query.id)
  if (!/^[1-9]\d{0,14}$/.test(id)) throw notFound(`User ${id}`)
  return Number(id)
}

/** Only the user and administrators can change or delete a user. */
function requireOwner(req: NextApiRequest, id: number) {
  const user = requireUser(req.cookies[sessionCookie])
  if (user.id !== id && user.role !== 'admin') throw forbidden()
}

export default api({
  GET(req, res) {
    res.json(getUser(userId(req)))
  },
  PUT(req, res) {
    const id = userId(req)
    requireOwner(req, id)
    res.json(changeUser(id, userChanges.parse(req.body)))
  },
  DELETE(req, res) {
    const id = userId(req)
    requireOwner(req, id)
    deleteUser(id)
    res.status(204).end()
  },
})
