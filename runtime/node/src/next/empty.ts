// What `server-only` and `client-only` are on the server's side: packages whose only point is to
// fail elsewhere.
export {}
