import { z } from 'zod'

const schema = z.object({
  SESSION_SECRET: z.string().min(16),
  WEBHOOK_SECRET: z.string().min(16),
  ADMIN_EMAIL: z.email(),
  ADMIN_PASSWORD: z.string().min(8),
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((origin) => origin.trim()).filter(Boolean)),
  DATABASE_FILE: z.string().default('data/saas.db'),
})

let read: z.infer<typeof schema> | undefined

/** The settings, validated when they are first read. */
export function env() {
  if (!read) {
    const result = schema.safeParse(process.env)
    if (!result.success) {
      const names = result.error.issues.map((issue) => issue.path.join('.'))
      throw new Error(`Set ${names.join(', ')} in .env.local (copy .env.example).`)
    }
    read = result.data
  }
  return read
}
