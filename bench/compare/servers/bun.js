Bun.serve({
  port: Number(process.argv[2]),
  hostname: '127.0.0.1',
  async fetch(request) {
    if (request.method === 'GET') return Response.json({ message: 'Hello' })
    const order = await request.json()
    return Response.json({ id: order.id, items: order.items.length }, { status: 201 })
  },
})
