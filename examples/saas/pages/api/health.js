/** For load balancers. A CommonJS module, as older projects have them. */
module.exports = function handler(/** @type {import('next').NextApiRequest} */ req, /** @type {import('next').NextApiResponse} */ res) {
  res.setHeader('Cache-Control', 'no-store')
  res.status(200).json({ status: 'ok' })
}
