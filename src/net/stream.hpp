// Stream is a connected byte stream (TCP or AF_UNIX, in the clear or over TLS) on the event loop. It
// reads into one buffer and offers it to an observer; it writes at once what the kernel takes and
// keeps the rest. Its buffers are bounded; pause() applies backpressure to the peer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"
#include "net/tls_session.hpp"

namespace millrace::net {

struct StreamOptions {
  /// The size of the read buffer while little arrives, in bytes: the cost of an idle connection.
  std::size_t initial_buffer = 4096;
  /// The size in bytes to which the read buffer may grow while the observer leaves bytes
  /// unconsumed. A full buffer stops reading until the observer consumes.
  std::size_t maximum_buffer = 65536;
};

/// The budgets that a stream counts against.
struct StreamAccount {
  /// Counts unsent bytes and a read buffer beyond its initial size. Where the budget has no room,
  /// the read buffer grows to kLeastBuffer only. Null: nothing is counted.
  std::shared_ptr<base::MemoryBudget> memory;
  /// The lease of the socket's descriptor; released when the socket is closed.
  std::shared_ptr<const void> descriptor;
};

/// A read buffer may grow to this size whatever the budget: a request's head must fit.
inline constexpr std::size_t kLeastBuffer = 16 * 1024;

/// Owned by shared_ptr because the loop's operations keep it alive until they complete. Belongs to
/// the loop's thread.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  /// Receives a stream's events. Called from the loop, never from inside a call to the stream,
  /// except that resume() may call on_bytes. May call any member of the stream, close() included.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// `input` is everything received and not consumed. Returns the number of bytes consumed; the
    /// rest is offered again together with further bytes, or by resume().
    virtual std::size_t on_bytes(std::string_view input) = 0;

    /// The peer has closed or reset the stream. The stream is closed; no call follows.
    virtual void on_closed() = 0;

    /// The peer has closed its sending side (RFC 9112 §9.6); it may still read, or be gone. Returns
    /// whether the stream stays open for writing: buffered input is then offered once more.
    /// Otherwise, and by default, on_closed() follows.
    virtual bool on_end() { return false; }

    /// The kernel has taken all written bytes, after a write that did not complete at once.
    virtual void on_drained() = 0;
  };

  /// Takes a connected non-blocking socket. observe() must be called before anything else.
  static std::shared_ptr<Stream> adopt(EventLoop& loop, base::UniqueFd socket,
                                       StreamOptions options, StreamAccount account = {});
  /// The same over TLS: `session` is of that socket, and its handshake is complete.
  static std::shared_ptr<Stream> adopt(EventLoop& loop, base::UniqueFd socket,
                                       std::unique_ptr<TlsSession> session, StreamOptions options,
                                       StreamAccount account = {});
  /// In the clear, with its observer.
  static std::shared_ptr<Stream> adopt(EventLoop& loop, base::UniqueFd socket, Observer& observer,
                                       StreamOptions options, StreamAccount account = {});
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  /// Passes events to `observer` from now on, which must outlive the stream or close() it. An
  /// observer may pass the stream on from its on_bytes(): what that call does not consume is offered
  /// to the next one, at resume() at the latest.
  void observe(Observer& observer);

  /// Whether the bytes are encrypted.
  [[nodiscard]] bool secure() const;

  /// The protocol agreed on by ALPN (RFC 7301), such as "h2"; empty where there is none, and without
  /// TLS.
  [[nodiscard]] std::string_view alpn() const;

  /// The certificate in DER that the peer has presented; empty where there is none.
  [[nodiscard]] std::string client_certificate() const;

  /// Starts reading. Call once.
  void start();

  /// Writes, keeping what the kernel does not take now. Errors are not returned: a broken stream
  /// calls on_closed() in a later turn.
  void write(std::string_view bytes);

  /// Bytes written that the kernel has not taken yet.
  [[nodiscard]] std::size_t unsent() const;

  /// Returns these bytes and forgets them: they are not sent.
  [[nodiscard]] std::string take_unsent();

  /// Bytes that the peer's host has received since the stream began, without those in the kernel's
  /// send buffer. Costs a system call.
  [[nodiscard]] std::uint64_t delivered() const;

  /// Bytes that wait in the kernel to be read.
  [[nodiscard]] std::size_t unread() const;

  /// Stops reading and offering bytes; the peer's end is not noticed until resume().
  void pause();

  /// Offers the buffered bytes, then continues reading.
  void resume();

  /// Closes at once and loses unsent bytes; no observer call follows. May be called repeatedly.
  void close();

  /// Closes the sending side once all bytes are sent; reading continues. Nothing may be written
  /// afterwards.
  void end_output();

  /// As close(), but the peer sees a reset rather than an end: an incomplete response must not look
  /// complete.
  void reset();

  /// Closes the sending side once all bytes are sent, and discards input until the peer closes too,
  /// so that the last bytes are not lost to a reset; all of that for at most a few seconds. No
  /// observer call follows.
  void finish();

 private:
  struct Impl;
  enum class ReadOutcome : std::uint8_t { bytes, end, failure };
  explicit Stream(std::unique_ptr<Impl> impl);

  void read_more();
  void handle_read(std::size_t bytes, ReadOutcome outcome);
  void wait_for_records();
  void read_records(bool failed);
  void handle_end();
  void deliver();
  void wait_writable();
  void handle_writable(bool failed);
  void end_sending();
  void shut_down_sending();
  void fail();
  void make_room();

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
