// FileReply answers a request with a file of public/ or of the build, as Next.js does: validators,
// conditional requests, one byte range, and the body in pieces as fast as the client takes them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/transport.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Belongs to the loop's thread. Reads are from the page cache as a rule and block where they are
/// not.
class FileReply {
 public:
  enum class Etag : std::uint8_t { none, generated };

  /// What Cache-Control says.
  enum class Caching : std::uint8_t {
    /// May be kept, and is asked about each time.
    revalidate,
    /// The name stands for these bytes for ever.
    immutable,
    /// As `immutable`, in development.
    development,
  };

  /// Why a file cannot be sent.
  struct Failure {
    enum class Kind : std::uint8_t {
      /// There is no such regular file.
      absent,
      /// Descriptors or memory are used up, of the process or of the machine: it may go better later.
      exhausted,
      /// It is there, or may be, and cannot be read.
      unreadable,
    };
    Kind kind = Kind::absent;
    /// errno.
    int error = 0;

    [[nodiscard]] std::string reason() const;
  };

  /// `descriptor` goes back when the file is closed.
  [[nodiscard]] static std::variant<FileReply, Failure> open(const std::filesystem::path& path,
                                                             Etag etag,
                                                             ClientTable::Lease descriptor,
                                                             Caching caching = Caching::revalidate);

  /// Sends the head, with the `pending` fields where there are some. `fields` is scratch. True where
  /// go_on() is to follow; else the exchange may have ended.
  [[nodiscard]] bool begin(const http::RequestHead& request, Transport& transport,
                           std::string& fields, const PendingFields* pending);

  /// Sends more once the client has taken what was sent, as much as fits into a turn of the loop.
  /// True where the client has taken all of that: more is to be sent in the next turn. May end the
  /// exchange; false then.
  [[nodiscard]] bool go_on(Transport& transport);

 private:
  FileReply(base::UniqueFd file, std::uint64_t size, std::int64_t modified_milliseconds,
            std::string_view content_type, Etag etag, Caching caching,
            ClientTable::Lease descriptor);

  /// Empty where the project wants none.
  [[nodiscard]] std::string etag() const;

  ClientTable::Lease descriptor_;
  base::UniqueFd file_;
  std::uint64_t size_;
  std::int64_t modified_milliseconds_;
  std::string_view content_type_;
  Etag etag_;
  Caching caching_;
  /// What is still to be sent.
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace millrace::gateway
