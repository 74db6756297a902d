import { z } from 'zod'

const Order = z.object({
  id: z.int(),
  customer: z.email(),
  items: z.array(z.object({ sku: z.string().min(1), quantity: z.int().min(1), price: z.int().min(0) })),
  note: z.string(),
})

export async function POST(request) {
  const order = Order.safeParse(await request.json())
  if (!order.success) return Response.json(z.flattenError(order.error), { status: 400 })
  return Response.json(order.data)
}
