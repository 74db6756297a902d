import type { NextApiRequest, PageConfig } from 'next'
import { HttpError } from '@/lib/errors'
import { api } from '@/lib/pages-api'
import { checkSignature, recordPayment } from '@/services/payments'

// The signature covers the bytes as sent, so the body must not be parsed first.
export const config: PageConfig = { api: { bodyParser: false } }

const limit = 64 * 1024

async function rawBody(req: NextApiRequest): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req) {
    size += chunk.length
    if (size > limit) throw new HttpError(413, 'too_large', 'A payment is smaller than this.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export default api({
  async POST(req, res) {
    const body = await rawBody(req)
    checkSignature(body, req.headers['x-signature']?.toString())
    res.json(recordPayment(body))
  },
})
