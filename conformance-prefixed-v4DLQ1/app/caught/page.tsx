import { connection } from 'next/server'

export default async function Caught() {
  await connection()
  throw new Error('this page fails below a boundary')
}
