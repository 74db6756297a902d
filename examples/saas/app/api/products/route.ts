import { after, NextResponse } from 'next/server'
import { preflight, readJson, route } from '@/lib/route-handler'
import { publish } from '@/services/events'
import { createProduct, listProducts, newProduct } from '@/services/products'

export const GET = route(() => NextResponse.json({ products: listProducts() }))

export const POST = route(async (request) => {
  const product = createProduct(newProduct.parse(await readJson(request)))
  // Listeners can wait until the client has its response.
  after(() => publish('product.created', product))
  return NextResponse.json(product, { status: 201, headers: { Location: `/api/products/${product.id}` } })
})

export const OPTIONS = preflight('GET', 'HEAD', 'POST')
