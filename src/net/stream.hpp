// Stream is a connected byte stream (TCP or AF_UNIX) on the event loop: reads into one buffer and
// offers it to an observer, writes at once where the kernel takes the bytes and keeps the rest.
// The buffers bound what it holds; pause() passes backpressure to the peer.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

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

    /// All that was written has been taken by the kernel, after a write that was not at once.
    virtual void on_drained() = 0;
  };

  /// Takes a connected non-blocking socket. `observer` must outlive the stream or close() it.
  static std::shared_ptr<Stream> adopt(EventLoop& loop, base::UniqueFd socket, Observer& observer,
                                       StreamOptions options);
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

  /// Sends what is unsent, ends the sending side, then discards what the peer still sends until it
  /// ends too (so that the last bytes are not lost to a reset), for at most a few seconds. No
  /// observer call follows.
  void finish();

 private:
  struct Impl;
  explicit Stream(std::unique_ptr<Impl> impl);

  void read_more();
  void handle_read(std::size_t bytes, bool failed);
  void deliver();
  void wait_writable();
  void handle_writable(bool failed);
  void end_sending();
  void fail();
  void make_room();

  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::net
