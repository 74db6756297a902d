import { preflight, route } from '@/lib/route-handler'
import { eventsAfter, newestEvent } from '@/services/events'

/** Server-sent events: all events from now on, or after the last one that the client received. */
export const GET = route((request) => {
  const seen = request.headers.get('last-event-id')
  const from = seen !== null && /^\d{1,15}$/.test(seen) ? Number(seen) : newestEvent()
  const encoder = new TextEncoder()
  const events = eventsAfter(from, request.signal)

  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode('retry: 1000\n\n'))
    },
    async pull(controller) {
      const { done, value } = await events.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(`id: ${value.id}\nevent: ${value.type}\ndata: ${value.data}\n\n`))
    },
    async cancel() {
      await events.return(undefined)
    },
  })
  return new Response(stream, {
    headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-cache, no-transform' },
  })
})

export const OPTIONS = preflight('GET')
