import fastify from 'fastify'

const app = fastify()
app.get('/hello', async () => ({ message: 'Hello' }))
app.post('/order', async (request, reply) => {
  reply.code(201)
  return { id: request.body.id, items: request.body.items.length }
})
await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
