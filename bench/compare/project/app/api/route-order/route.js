export async function POST(request) {
  const order = await request.json()
  return Response.json({ id: order.id, items: order.items.length }, { status: 201 })
}
