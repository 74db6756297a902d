#include "control/control_key.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "base/unique_fd.hpp"

namespace millrace::control {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRandomBytes = 32;
/// Length in hexadecimal digits.
constexpr std::size_t kKeyLength = 2 * kRandomBytes;

fs::path key_path(fs::path socket) { return socket.replace_extension(".key"); }

base::Result<std::string> random_key() {
  std::array<unsigned char, kRandomBytes> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    return base::Error::from_errno("cannot create a control key", errno);
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string key;
  for (const unsigned char byte : bytes) {
    key += kDigits[byte >> 4U];
    key += kDigits[byte & 0xfU];
  }
  return key;
}

}  // namespace

base::Result<ControlKey> ControlKey::make(const fs::path& socket) {
  auto key = random_key();
  if (!key) return key.error();
  const fs::path file = key_path(socket);
  const fs::path made = file.string() + "." + std::to_string(::getpid());
  const auto fail = [&file] {
    return base::Error::from_errno("cannot write the control key " + file.string(), errno);
  };
  ::unlink(made.c_str());
  base::UniqueFd opened(
      ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat found {};
  if (!opened || ::fstat(opened.get(), &found) != 0 ||
      ::write(opened.get(), key->data(), key->size()) != static_cast<ssize_t>(key->size()) ||
      ::rename(made.c_str(), file.c_str()) != 0) {
    return fail();
  }
  return ControlKey(file, std::move(key).value(), found.st_ino, std::move(opened));
}

ControlKey::ControlKey(fs::path file, std::string key, std::uint64_t inode,
                       base::UniqueFd open_file)
    : file_(std::move(file)),
      key_(std::move(key)),
      inode_(inode),
      open_file_(std::move(open_file)) {}

ControlKey::ControlKey(ControlKey&& other) noexcept
    : file_(std::exchange(other.file_, {})),
      key_(std::move(other.key_)),
      inode_(other.inode_),
      open_file_(std::move(other.open_file_)) {}

ControlKey::~ControlKey() {
  struct stat found {};
  if (!file_.empty() && ::stat(file_.c_str(), &found) == 0 && found.st_ino == inode_) {
    ::unlink(file_.c_str());
  }
}

bool ControlKey::take_from(std::string_view& line) const {
  if (line.size() <= kKeyLength || line[kKeyLength] != ' ' ||
      ::CRYPTO_memcmp(line.data(), key_.data(), kKeyLength) != 0) {
    return false;
  }
  line.remove_prefix(kKeyLength + 1);
  return true;
}

std::string read_key(const fs::path& socket) {
  std::ifstream file(key_path(socket), std::ios::binary);
  std::string key(kKeyLength, '\0');
  if (!file.read(key.data(), static_cast<std::streamsize>(key.size()))) return {};
  return key + " ";
}

}  // namespace millrace::control
