// FileResponse responds with a file of public/ or of the build, as Next.js does: with validators,
// conditional requests and one byte range. It sends the body, of the file or of one of its
// compressed forms, in pieces as fast as the client takes them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/unique_fd.hpp"
#include "gateway/client_table.hpp"
#include "gateway/compressed_files.hpp"
#include "gateway/pending_fields.hpp"
#include "gateway/transport.hpp"
#include "http/compression.hpp"
#include "http/range.hpp"
#include "http/request_parser.hpp"

namespace millrace::gateway {

/// Whether an errno says that descriptors or memory have run out, so that a later attempt may succeed.
[[nodiscard]] bool is_exhaustion(int error);

/// Belongs to the loop's thread. Reads come from the page cache as a rule, and block where they do
/// not.
class FileResponse {
 public:
  enum class Etag : std::uint8_t { none, generated };

  /// The value of Cache-Control.
  enum class Caching : std::uint8_t {
    /// May be stored, and must be revalidated for each use.
    revalidate,
    /// The content under this name never changes.
    immutable,
    /// As `immutable`, in development.
    development,
  };

  /// Why a file cannot be sent.
  struct Failure {
    enum class Kind : std::uint8_t {
      /// No regular file of that name exists.
      absent,
      /// The process or the machine has run out of descriptors or memory; a later attempt may
      /// succeed.
      exhausted,
      /// The file exists, or may exist, and cannot be read.
      unreadable,
    };
    Kind kind = Kind::absent;
    /// The errno.
    int error = 0;

    [[nodiscard]] std::string reason() const;
  };

  /// Opens the file, or its form in the coding of `stored`. The file itself is opened where the form
  /// cannot be, and where the form was made of an earlier content. `descriptor` is returned when
  /// the file is closed. `within`: a folder; the file is absent where links lead out of it, whenever
  /// they were made. Null: links lead anywhere.
  [[nodiscard]] static std::variant<FileResponse, Failure> open(
      const std::filesystem::path& path, Etag etag, ClientTable::Lease descriptor,
      Caching caching = Caching::revalidate, StoredForm stored = {},
      const std::filesystem::path* within = nullptr);

  /// Sends the head, merged with `pending` where that is not null, with `status` where it would be
  /// 200. `fields` is scratch. Returns true where send_more() must follow; otherwise the exchange may have ended.
  [[nodiscard]] bool begin(const http::RequestHead& request, Transport& transport,
                           std::string& fields, const PendingFields* pending,
                           std::uint16_t status = 200);

  /// Sends more once the client has taken the previous bytes, as much as fits into a turn of the
  /// loop. Returns true where the client has taken all of that: the rest follows in the next turn.
  /// Returns false where the client is slower, and where the response ended, which may end the
  /// exchange.
  [[nodiscard]] bool send_more(Transport& transport);

 private:
  /// What a response states about a file, whichever of its forms is sent.
  struct Facts {
    std::uint64_t size;
    std::int64_t modified_milliseconds;
    std::string_view content_type;
    Etag etag;
    Caching caching;
  };

  FileResponse(base::UniqueFd file, const Facts& facts, ClientTable::Lease descriptor);

  /// Returns the form of the file with these facts, if it can be sent.
  [[nodiscard]] static std::optional<FileResponse> open_form(const Facts& facts,
                                                             const StoredForm& stored,
                                                             ClientTable::Lease& descriptor);
  /// Returns an empty string where the project has turned ETags off.
  [[nodiscard]] std::string etag() const;
  /// Writes the fields that all statuses have.
  void write_fields(std::string_view tag, std::string_view last_modified,
                    std::string& fields) const;
  /// Returns the part that the client requests.
  [[nodiscard]] http::Range range_of(const http::RequestHead& request, std::string_view tag,
                                     std::string_view last_modified) const;

  ClientTable::Lease descriptor_;
  base::UniqueFd file_;
  Facts facts_;
  /// Of the body that is sent, in its coding.
  std::uint64_t length_;
  http::Coding coding_ = http::Coding::identity;
  /// Whether other clients get the file in another coding.
  bool varies_ = false;
  /// The range that is still to be sent.
  std::uint64_t position_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace millrace::gateway
