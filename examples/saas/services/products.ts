import { z } from 'zod'
import { database, row, rows } from '@/lib/database'
import { notFound } from '@/lib/errors'

export interface Product {
  id: number
  name: string
  priceCents: number
}

const columns = 'id, name, price_cents AS priceCents'

export const newProduct = z.strictObject({
  name: z.string().trim().min(1, 'Name the product.').max(100),
  priceCents: z.number('The price is a number.').int('The price is in whole cents.').min(0),
})
export const productChanges = newProduct.partial()

export const listProducts = () => rows<Product>(`SELECT ${columns} FROM products ORDER BY id`)

export function getProduct(id: number): Product {
  const product = row<Product>(`SELECT ${columns} FROM products WHERE id = ?`, id)
  if (!product) throw notFound(`Product ${id}`)
  return product
}

export function createProduct(product: z.infer<typeof newProduct>): Product {
  return row<Product>(`INSERT INTO products (name, price_cents) VALUES (?, ?) RETURNING ${columns}`, product.name, product.priceCents)!
}

export function changeProduct(id: number, changes: z.infer<typeof productChanges>): Product {
  const product = row<Product>(
    `UPDATE products SET name = coalesce(?, name), price_cents = coalesce(?, price_cents) WHERE id = ? RETURNING ${columns}`,
    changes.name ?? null,
    changes.priceCents ?? null,
    id,
  )
  if (!product) throw notFound(`Product ${id}`)
  return product
}

export function deleteProduct(id: number) {
  if (database().prepare('DELETE FROM products WHERE id = ?').run(id).changes === 0) throw notFound(`Product ${id}`)
}
