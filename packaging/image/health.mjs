// The health check of the container image: exits with 0 if the server responds on its port. The
// status does not matter, except 502 and 503, which say that no worker can respond.
const port = process.env.PORT || '3000'
const late = AbortSignal.timeout(5000)
try {
  const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'HEAD', signal: late })
  process.exitCode = status === 502 || status === 503 ? 1 : 0
} catch (error) {
  console.error(String(error.cause ?? error))
  process.exitCode = 1
}
