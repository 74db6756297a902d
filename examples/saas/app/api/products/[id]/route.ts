import { NextResponse } from 'next/server'
import { notFound } from '@/lib/errors'
import { preflight, readJson, route } from '@/lib/route-handler'
import { changeProduct, deleteProduct, getProduct, productChanges } from '@/services/products'

interface Params {
  id: string
}

function productId({ id }: Params): number {
  if (!/^[1-9]\d{0,14}$/.test(id)) throw notFound(`Product ${id}`)
  return Number(id)
}

export const GET = route<Params>((_request, params) => NextResponse.json(getProduct(productId(params))))

export const PATCH = route<Params>(async (request, params) =>
  NextResponse.json(changeProduct(productId(params), productChanges.parse(await readJson(request)))),
)

export const DELETE = route<Params>((_request, params) => {
  deleteProduct(productId(params))
  return new NextResponse(null, { status: 204 })
})

export const OPTIONS = preflight('GET', 'HEAD', 'PATCH', 'DELETE')
