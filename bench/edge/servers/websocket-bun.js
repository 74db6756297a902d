Bun.serve({
  port: Number(process.argv[2]),
  hostname: '127.0.0.1',
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('ready')
  },
  websocket: { message: (client, message) => void client.send(message) },
})
