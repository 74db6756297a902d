import type { NextApiRequest, NextApiResponse } from 'next'

export default function handler(req: NextApiRequest, res: NextApiResponse) {
  if (req.query['off'] !== undefined) res.clearPreviewData()
  else res.setPreviewData({ of: 'me' })
  res.redirect('/blocking/1')
}
