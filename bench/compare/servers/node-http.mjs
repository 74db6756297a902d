import { createServer } from 'node:http'

const respond = (res, status, value) => {
  const body = JSON.stringify(value)
  res.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  })
  res.end(body)
}

createServer((req, res) => {
  if (req.url === '/hello') return respond(res, 200, { message: 'Hello' })
  const chunks = []
  req.on('data', (chunk) => chunks.push(chunk))
  req.on('end', () => {
    const order = JSON.parse(Buffer.concat(chunks).toString())
    respond(res, 201, { id: order.id, items: order.items.length })
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
