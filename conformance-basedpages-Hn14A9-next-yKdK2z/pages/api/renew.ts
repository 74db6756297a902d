import type { NextApiRequest, NextApiResponse } from 'next'

export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  try {
    await res.revalidate(String(req.query['path']))
    res.json({ renewed: true })
  } catch (error) {
    res.status(500).json({ error: (error as Error).message })
  }
}
