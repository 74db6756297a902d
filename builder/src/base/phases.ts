/** The phases of Next.js that a configuration function is called with (`next/constants`). */

/** Whether the build is for the development server or for production. */
export type Mode = 'development' | 'production'

/** The exports of `next/constants` that configurations use, for projects without `next`. */
export const nextConstants = {
  PHASE_EXPORT: 'phase-export',
  PHASE_ANALYZE: 'phase-analyze',
  PHASE_PRODUCTION_BUILD: 'phase-production-build',
  PHASE_PRODUCTION_SERVER: 'phase-production-server',
  PHASE_DEVELOPMENT_SERVER: 'phase-development-server',
  PHASE_TEST: 'phase-test',
  PHASE_INFO: 'phase-info',
} as const

/** Returns the phase in which Millrace evaluates a configuration. */
export function phaseOf(mode: Mode): string {
  return mode === 'development'
    ? nextConstants.PHASE_DEVELOPMENT_SERVER
    : nextConstants.PHASE_PRODUCTION_BUILD
}
