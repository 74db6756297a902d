/**
 * Helpers for end-to-end tests.
 */

export { makeCertificate } from './certificate.ts'
export { freePort } from './free_port.ts'
export { startPostgres, type Postgres } from './postgres.ts'
export { copyOf, project, type ProjectOptions, temporaryDirectory, write } from './project.ts'
export { RawClient, rawRequest, type RawResponse } from './raw.ts'
export {
  binary,
  build,
  type Finished,
  repository,
  run,
  type RunOptions,
  type Server,
  type ServerOptions,
  startServer,
} from './server.ts'
export { type User, users } from './users.ts'
