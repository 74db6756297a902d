import type { NextApiHandler, NextApiRequest, NextApiResponse } from 'next'
import { corsHeaders, preflightHeaders } from '@/lib/cors'
import { describeError, methodNotAllowed } from '@/lib/errors'

type Handlers = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', NextApiHandler>>

/** A Pages API route from one handler per method: 405 for other methods, CORS, errors in one format. */
export function api(handlers: Handlers): NextApiHandler {
  const methods = Object.keys(handlers)
  const allowed = handlers.GET ? ['HEAD', ...methods] : methods

  return async (req: NextApiRequest, res: NextApiResponse) => {
    try {
      if (req.method === 'OPTIONS') {
        for (const [name, value] of Object.entries(preflightHeaders(req.headers.origin, methods))) res.setHeader(name, value)
        return res.setHeader('Allow', [...allowed, 'OPTIONS'].join(', ')).status(204).end()
      }
      for (const [name, value] of Object.entries(corsHeaders(req.headers.origin))) res.setHeader(name, value)
      const method = req.method === 'HEAD' ? 'GET' : req.method
      const handler = handlers[method as keyof Handlers]
      if (!handler) throw methodNotAllowed(allowed)
      await handler(req, res)
    } catch (error) {
      if (res.headersSent) throw error
      const { status, headers, body } = describeError(error)
      for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
      res.status(status).json(body)
    }
  }
}
