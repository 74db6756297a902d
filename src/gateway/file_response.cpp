#include "gateway/file_response.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
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
/// Opening a pipe must not wait for its other end.
constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;

/// Opens a file of a folder if no link leads out of the folder; sets errno otherwise.
base::UniqueFd open_beneath(const std::filesystem::path& folder,
                            const std::filesystem::path& path) {
  const base::UniqueFd root(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return {};
  open_how how{};
  how.flags = kOpenFlags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  const std::filesystem::path name = path.lexically_relative(folder);
  // The C library has no function for it.
  const long file = ::syscall(SYS_openat2, root.get(), name.c_str(), &how, sizeof how);
  return base::UniqueFd(static_cast<int>(file));
}

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
    // A link leads out of the folder.
    case EXDEV:
      return {.kind = Kind::absent, .error = error};
    default:
      return {.kind = is_exhaustion(error) ? Kind::exhausted : Kind::unreadable, .error = error};
  }
}

}  // namespace

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS ||
         error == EAGAIN;
}

std::string FileResponse::Failure::reason() const {
  return base::Error::from_errno("open", error).message();
}

std::variant<FileResponse, FileResponse::Failure> FileResponse::open(
    const std::filesystem::path& path, Etag etag, ClientTable::Lease descriptor, Caching caching,
    StoredForm stored, const std::filesystem::path* within) {
  const auto facts_of = [&](const struct stat& status) {
    // Rounded as in Node.js's Stats.mtime, so that the ETag equals that of Next.js.
    const std::int64_t milliseconds = static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000 +
                                      (status.st_mtim.tv_nsec + 500'000) / 1'000'000;
    return Facts{.size = static_cast<std::uint64_t>(status.st_size),
                 .modified_milliseconds = milliseconds,
                 .content_type = http::content_type_for(path.native()),
                 .etag = etag,
                 .caching = caching};
  };
  struct stat status {};
  base::UniqueFd file;
  if (within != nullptr) {
    // Before its forms, which were made of it wherever it is.
    file = open_beneath(*within, path);
    if (!file) return failure_for(errno);
  }
  if (stored.coding != http::Coding::identity && ::stat(path.c_str(), &status) == 0 &&
      S_ISREG(status.st_mode)) {
    if (auto form = open_form(facts_of(status), stored, descriptor)) return *std::move(form);
  }
  if (within == nullptr) file = base::UniqueFd(::open(path.c_str(), kOpenFlags));
  if (!file) return failure_for(errno);
  if (::fstat(file.get(), &status) != 0) return failure_for(errno);
  if (!S_ISREG(status.st_mode)) return Failure{.kind = Failure::Kind::absent, .error = 0};
  FileResponse response(std::move(file), facts_of(status), std::move(descriptor));
  response.varies_ = stored.forms != nullptr;
  return response;
}

std::optional<FileResponse> FileResponse::open_form(const Facts& facts, const StoredForm& stored,
                                                    ClientTable::Lease& descriptor) {
  const std::string& stamp = stored.forms->stamp;
  if (!stamp.empty() && stamp != file_stamp(facts.size, facts.modified_milliseconds)) {
    return std::nullopt;
  }
  const std::filesystem::path path = stored.forms->file(stored.coding);
  base::UniqueFd file(::open(path.c_str(), kOpenFlags));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  FileResponse response(std::move(file), facts, std::move(descriptor));
  response.length_ = static_cast<std::uint64_t>(status.st_size);
  response.coding_ = stored.coding;
  response.varies_ = true;
  return response;
}

FileResponse::FileResponse(base::UniqueFd file, const Facts& facts, ClientTable::Lease descriptor)
    : descriptor_(std::move(descriptor)),
      file_(std::move(file)),
      facts_(facts),
      length_(facts.size) {}

std::string FileResponse::etag() const {
  if (facts_.etag == Etag::none) return {};
  // One weak tag for all codings (RFC 9110 §8.8.1).
  return fmt::format("W/\"{}\"", file_stamp(facts_.size, facts_.modified_milliseconds));
}

void FileResponse::write_fields(std::string_view tag, std::string_view last_modified,
                                std::string& fields) const {
  fields.assign(caching_fields(facts_.caching));
  fields.append("Last-Modified: ").append(last_modified).append("\r\n");
  if (!tag.empty()) fields.append("ETag: ").append(tag).append("\r\n");
  if (varies_) fields.append("Vary: Accept-Encoding\r\n");
}

http::Range FileResponse::range_of(const http::RequestHead& request, std::string_view tag,
                                   std::string_view last_modified) const {
  const auto value = http::find_field(request.fields, "range");
  if (!value || coding_ != http::Coding::identity) return {};
  // The part that the client has can be of another coding, which these validators do not tell.
  if (varies_ && http::find_field(request.fields, "if-range")) return {};
  if (!range_applies(request.fields, tag, last_modified)) return {};
  return http::parse_range(*value, length_);
}

bool FileResponse::begin(const http::RequestHead& request, Transport& transport,
                         std::string& fields, const PendingFields* pending, std::uint16_t status) {
  const auto complete = [pending, &fields] {
    if (pending == nullptr) return;
    std::string merged;
    pending->merge(fields, Precedence::pending, merged);
    fields = std::move(merged);
  };
  const std::string tag = etag();
  const std::time_t modified = static_cast<std::time_t>(facts_.modified_milliseconds / 1000);
  const std::string last_modified = http::format_http_date(modified);
  write_fields(tag, last_modified, fields);
  // As in Next.js, only a successful response can be replaced by 304.
  if (status < 300 && http::is_not_modified(request.fields, tag, modified)) {
    complete();
    transport.send_response({.status = 304, .reason = {}, .fields = fields}, {}, true);
    return false;
  }
  const http::Range range = range_of(request, tag, last_modified);
  if (range.kind == http::Range::Kind::unsatisfiable) {
    fields.append(fmt::format("Content-Range: bytes */{}\r\n", length_));
    complete();
    transport.send_response({.status = 416, .reason = {}, .fields = fields}, {}, true);
    return false;
  }
  fields.append("Content-Type: ").append(facts_.content_type).append("\r\n");
  if (coding_ != http::Coding::identity) {
    fields.append("Content-Encoding: ").append(http::to_string(coding_)).append("\r\n");
  }
  end_ = length_;
  if (range.kind == http::Range::Kind::part) {
    status = 206;
    position_ = range.first;
    end_ = range.last + 1;
    fields.append(
        fmt::format("Content-Range: bytes {}-{}/{}\r\n", range.first, range.last, length_));
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
