#include "gateway/file_response.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "http/conditional.hpp"
#include "http/date.hpp"
#include "http/fields.hpp"
#include "http/mime_types.hpp"
#include "http/range.hpp"

namespace millrace::gateway {

namespace {

/// Bytes read and passed to the kernel at once.
constexpr std::size_t kPiece = 128 * 1024;
/// Bytes of one file per turn of the loop.
constexpr std::size_t kTurn = 4 * kPiece;

/// Includes Accept-Ranges, which is the same for all.
std::string_view caching_fields(FileResponse::Caching caching) {
  using Caching = FileResponse::Caching;
  switch (caching) {
    case Caching::immutable:
      return "Accept-Ranges: bytes\r\nCache-Control: public, max-age=31536000, immutable\r\n";
    case Caching::development:
      return "Accept-Ranges: bytes\r\nCache-Control: no-cache, must-revalidate\r\n";
    case Caching::revalidate:
      break;
  }
  return "Accept-Ranges: bytes\r\nCache-Control: public, max-age=0\r\n";
}

/// Whether a Range applies: the parts that the client already has must be of this very file (RFC
/// 9110 §13.1.5).
bool range_applies(std::string_view request_fields, std::string_view etag,
                   std::string_view last_modified) {
  const auto condition = http::find_field(request_fields, "if-range");
  return !condition || *condition == etag || *condition == last_modified;
}

FileResponse::Failure failure_for(int error) {
  using Kind = FileResponse::Failure::Kind;
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
      return {.kind = Kind::absent, .error = error};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
      return {.kind = Kind::exhausted, .error = error};
    default:
      return {.kind = Kind::unreadable, .error = error};
  }
}

}  // namespace

std::string FileResponse::Failure::reason() const {
  return base::Error::from_errno("open", error).message();
}

std::variant<FileResponse, FileResponse::Failure> FileResponse::open(
    const std::filesystem::path& path, Etag etag, ClientTable::Lease descriptor, Caching caching) {
  base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return failure_for(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failure_for(errno);
  if (!S_ISREG(status.st_mode)) return Failure{.kind = Failure::Kind::absent, .error = 0};
  // Rounded as in Node.js's Stats.mtime, so that the ETag equals that of Next.js.
  const std::int64_t milliseconds = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000 +
                                    (status.st_mtim.tv_nsec + 500'000) / 1'000'000;
  return FileResponse(std::move(file), static_cast<std::uint64_t>(status.st_size), milliseconds,
                      http::content_type_for(path.native()), etag, caching, std::move(descriptor));
}

FileResponse::FileResponse(base::UniqueFd file, std::uint64_t size,
                           std::int64_t modified_milliseconds, std::string_view content_type,
                           Etag etag, Caching caching, ClientTable::Lease descriptor)
    : descriptor_(std::move(descriptor)),
      file_(std::move(file)),
      size_(size),
      modified_milliseconds_(modified_milliseconds),
      content_type_(content_type),
      etag_(etag),
      caching_(caching) {}

std::string FileResponse::etag() const {
  if (etag_ == Etag::none) return {};
  return fmt::format("W/\"{:x}-{:x}\"", size_, modified_milliseconds_);
}

bool FileResponse::begin(const http::RequestHead& request, Transport& transport,
                         std::string& fields, const PendingFields* pending) {
  const auto complete = [pending, &fields] {
    if (pending == nullptr) return;
    std::string merged;
    pending->merge(fields, Precedence::pending, merged);
    fields = std::move(merged);
  };
  const std::string tag = etag();
  const std::time_t modified = static_cast<std::time_t>(modified_milliseconds_ / 1000);
  const std::string last_modified = http::format_http_date(modified);
  fields.assign(caching_fields(caching_));
  fields.append("Last-Modified: ").append(last_modified).append("\r\n");
  if (!tag.empty()) fields.append("ETag: ").append(tag).append("\r\n");
  if (http::is_not_modified(request.fields, tag, modified)) {
    complete();
    transport.send_response({.status = 304, .reason = {}, .fields = fields}, {}, true);
    return false;
  }
  http::Range range;
  if (const auto value = http::find_field(request.fields, "range");
      value && range_applies(request.fields, tag, last_modified)) {
    range = http::parse_range(*value, size_);
  }
  if (range.kind == http::Range::Kind::unsatisfiable) {
    fields.append(fmt::format("Content-Range: bytes */{}\r\n", size_));
    complete();
    transport.send_response({.status = 416, .reason = {}, .fields = fields}, {}, true);
    return false;
  }
  fields.append("Content-Type: ").append(content_type_).append("\r\n");
  std::uint16_t status = 200;
  end_ = size_;
  if (range.kind == http::Range::Kind::part) {
    status = 206;
    position_ = range.first;
    end_ = range.last + 1;
    fields.append(fmt::format("Content-Range: bytes {}-{}/{}\r\n", range.first, range.last, size_));
  }
  complete();
  const bool head_is_all = request.method == "HEAD" || end_ == position_;
  transport.send_head({.status = status, .reason = {}, .fields = fields}, end_ - position_);
  // Otherwise the exchange, and this object with it, may be destroyed.
  return !head_is_all;
}

bool FileResponse::send_more(Transport& transport) {
  if (position_ == end_) return false;
  std::string piece(std::min<std::uint64_t>(kPiece, end_ - position_), '\0');
  for (std::size_t sent = 0; transport.unsent() == 0 && sent < kTurn;) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), end_ - position_);
    const ssize_t got = ::pread(file_.get(), piece.data(), wanted, static_cast<off_t>(position_));
    if (got < 0 && errno == EINTR) continue;
    // The file became shorter or unreadable: the declared length cannot be met.
    if (got <= 0) {
      transport.cut();
      return false;
    }
    position_ += static_cast<std::uint64_t>(got);
    sent += static_cast<std::size_t>(got);
    const bool end = position_ == end_;
    transport.send_body({piece.data(), static_cast<std::size_t>(got)}, end);
    if (end) return false;
  }
  return transport.unsent() == 0;
}

}  // namespace millrace::gateway
