import { api } from '@/lib/pages-api'
import { createUser, listUsers, newUser, userQuery } from '@/services/users'

export default api({
  GET(req, res) {
    const list = listUsers(userQuery.parse(req.query))
    res.setHeader('X-Total-Count', list.total)
    res.json(list)
  },
  POST(req, res) {
    const user = createUser(newUser.parse(req.body))
    res.setHeader('Location', `/api/users/${user.id}`)
    res.status(201).json(user)
  },
})
