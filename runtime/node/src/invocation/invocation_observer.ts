/**
 * Is notified of an invocation's state changes. Each invocation has at most one, besides the
 * listeners.
 */
export interface InvocationObserver {
  /** The stream was aborted by either side. */
  onInvocationAborted(): void
  /** The last byte of the response has been sent. Must not throw. */
  onInvocationEnded(): void
  /** All bytes written so far have been sent. */
  onInvocationDrained(): void
}
