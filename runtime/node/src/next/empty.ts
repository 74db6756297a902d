// Replaces `server-only` and `client-only` on the server: packages whose only purpose is to fail
// elsewhere.
export {}
