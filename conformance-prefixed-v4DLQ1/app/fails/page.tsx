import { connection } from 'next/server'

export default async function Fails() {
  await connection()
  throw new Error('this page fails')
}
