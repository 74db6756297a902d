// CompressedFiles finds the compressed forms that a build has made of static files: FILE.br,
// FILE.zst and FILE.gz, in a folder of their own, so that no path of a request names one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "http/compression.hpp"

namespace millrace::gateway {

/// The compressed forms of one file.
struct CompressedForms {
  /// The path of each form, without the ending of its coding.
  std::string path;
  http::CodingSet codings;
  /// The size and the time of the file from which the forms were made, as file_stamp() writes them;
  /// empty where the file does not change.
  std::string stamp;

  /// Returns the file of one form, which is one of `codings`.
  [[nodiscard]] std::filesystem::path file(http::Coding coding) const;
};

/// The compressed forms of a file, and the coding of the one that a client gets; identity: the file
/// itself.
struct StoredForm {
  /// Null without compressed forms.
  const CompressedForms* forms = nullptr;
  http::Coding coding = http::Coding::identity;
};

/// Writes a file's size in bytes and the time of its last change, in milliseconds since the epoch.
[[nodiscard]] std::string file_stamp(std::uint64_t size, std::int64_t modified_milliseconds);

class CompressedFiles {
 public:
  enum class Stamps : std::uint8_t {
    /// Forms are named FILE.br.
    none,
    /// Forms are named FILE.STAMP.br.
    named,
  };

  CompressedFiles() = default;
  /// Lists the folder, which need not exist. What cannot be listed is not used.
  CompressedFiles(const std::filesystem::path& folder, Stamps stamps);

  /// Returns the forms of a file by its path in the folder of files, decoded and beginning with
  /// '/'; null if there are none. The result is valid for as long as this object.
  [[nodiscard]] const CompressedForms* find(std::string_view name) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::unordered_map<std::string, CompressedForms, Hash, std::equal_to<>> forms_;
};

}  // namespace millrace::gateway
