/** A health check for load balancers, as a CommonJS module of older projects. */
module.exports = function handler(/** @type {import('next').NextApiRequest} */ req, /** @type {import('next').NextApiResponse} */ res) {
  res.setHeader('Cache-Control', 'no-store')
  res.status(200).json({ status: 'ok' })
}
