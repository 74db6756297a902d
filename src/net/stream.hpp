// Stream is a connected byte stream (TCP or AF_UNIX) on the event loop: reads into one buffer and
// offers it to an observer, writes at once where the kernel takes the bytes and keeps the rest.
// The buffers bound what it holds; pause() passes backpressure to the peer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/memory_budget.hpp"
#include "base/unique_fd.hpp"
#include "net/event_loop.hpp"

namespace millrace::net {

struct StreamOptions {
  /// Bytes of read buffer while little is coming; what an idle connection costs.
  std::size_t initial_buffer = 4096;
  /// Bytes the read buffer may grow to when the observer leaves bytes unconsumed. A full buffer
  /// stops reading until the observer consumes.
  std::size_t maximum_buffer = 65536;
};

/// What a stream is charged to.
struct StreamAccount {
  /// Counts unsent bytes and a read buffer beyond its initial size. With no room in it the read
  /// buffer grows to kLeastBuffer only. Null: nothing is counted.
  std::shared_ptr<base::MemoryBudget> memory;
  /// Given back when the socket is closed: what stands for its descriptor.
  std::shared_ptr<const void> descriptor;
};

/// A read buffer may grow to this whatever the budget says: a request's head must fit.
inline constexpr std::size_t kLeastBuffer = 16 * 1024;

/// Owned by shared_ptr because the loop's operations keep it alive until they have come back.
/// Belongs to the loop's thread.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  /// Who hears of a stream. Called from the loop, never from inside a call to the stream, except
  /// that resume() may call on_bytes. May call any member of the stream, close() included.
  class Observer {
   public:
    Observer() = default;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    virtual ~Observer() = default;

    /// `input` is all that has come and was not consumed. Returns the bytes consumed; the rest is
    /// offered again together with what comes next, or by resume().
    virtual std::size_t on_bytes(std::string_view input) = 0;

    /// The peer has ended or broken the stream. The stream is closed; nothing is called after it.
    virtual void on_closed() = 0;

    /// The peer has ended its sending side (RFC 9112 §9.6); it may read on, or be gone. Returns
    /// whether the stream stays open for writing: what is buffered is then offered once more. Else,
    /// and without an override, on_closed() follows.
    virtual bool on_end() { return false; }

    /// All that was written has been taken by the kernel, after a write that was not at once.
    virtual void on_drained() = 0;
  };

  /// Takes a connected non-blocking socket. `observer` must outlive the stream or close() it.
  static std::shared_ptr<Stream> adopt(EventLoop& loop, base::UniqueFd socket, Observer& observer,
                                       StreamOptions options, StreamAccount account = {});
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream();

  /// Begins reading. Once.
  void start();

  /// Sends, keeping what the kernel does not take now. Nothing is reported to the caller: a broken
  /// stream shows itself as on_closed() in a later turn.
  void write(std::string_view bytes);

  /// Bytes written that the kernel has not taken yet.
  [[nodiscard]] std::size_t unsent() const;

  /// Bytes that the peer's side has taken since the stream began: what the kernel still keeps for it
  /// does not count. A system call.
  [[nodiscard]] std::uint64_t delivered() const;

  /// Bytes that wait in the kernel to be read.
  [[nodiscard]] std::size_t unread() const;

  /// Stops offering bytes and reading; the peer's end is not seen until resume().
  void pause();

  /// Offers what is buffered, then goes on reading.
  void resume();

  /// Closes at once, unsent bytes lost; no observer call follows. Safe to repeat.
  void close();

  /// Like close(), but the peer sees a reset rather than an end: a response cut short must not
  /// look whole.
  void reset();

  /// Ends the sending side, then discards what the peer still sends until it ends too (so that the
  /// last bytes are not lost to a reset), for at most a few seconds, in which what is unsent leaves
  /// too. No observer call follows.
  void finish();

 private:
  struct Impl;
  enum class ReadOutcome : std::uint8_t { bytes, end, failure };
  explicit Stream(std::unique_ptr<Impl> impl);

  void read_more();
  void handle_read(std::size_t bytes, ReadOutcome outcome);
  void handle_end();
  void deliver();
  void wait_writable();
  void handle_writable(bool failed);
  void end_sending();
  void fail();
  void make_room();

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
