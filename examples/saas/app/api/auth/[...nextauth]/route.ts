import NextAuth, { type NextAuthOptions } from 'next-auth'
import Credentials from 'next-auth/providers/credentials'
import { credentials, logIn } from '@/services/users'

const options: NextAuthOptions = {
  session: { strategy: 'jwt' },
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      authorize(given) {
        try {
          const user = logIn(credentials.parse(given))
          return { id: String(user.id), name: user.name, email: user.email, role: user.role }
        } catch {
          return null
        }
      },
    }),
  ],
  callbacks: {
    jwt: ({ token, user }) => (user && 'role' in user ? { ...token, role: user.role } : token),
  },
}

const handler = NextAuth(options)
export { handler as GET, handler as POST }
