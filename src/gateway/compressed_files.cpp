#include "gateway/compressed_files.hpp"

#include <fmt/format.h>

#include <array>
#include <system_error>
#include <utility>

namespace millrace::gateway {

namespace fs = std::filesystem;

namespace {

struct Ending {
  std::string_view text;
  http::Coding coding;
};

constexpr std::array kEndings = {Ending{".br", http::Coding::br},
                                 Ending{".zst", http::Coding::zstd},
                                 Ending{".gz", http::Coding::gzip}};

}  // namespace

fs::path CompressedForms::file(http::Coding coding) const {
  std::string file = path;
  for (const Ending& ending : kEndings) {
    if (ending.coding == coding) file += ending.text;
  }
  return file;
}

std::string file_stamp(std::uint64_t size, std::int64_t modified_milliseconds) {
  return fmt::format("{:x}-{:x}", size, modified_milliseconds);
}

CompressedFiles::CompressedFiles(const fs::path& folder, Stamps stamps) {
  std::error_code error;
  for (auto it = fs::recursive_directory_iterator(folder, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::string name = '/' + it->path().lexically_relative(folder).generic_string();
    for (const Ending& ending : kEndings) {
      if (!name.ends_with(ending.text)) continue;
      name.resize(name.size() - ending.text.size());
      const std::string path = folder.native() + name;
      std::string stamp;
      if (stamps == Stamps::named) {
        const std::size_t dot = name.rfind('.');
        if (dot == std::string::npos) break;
        stamp = name.substr(dot + 1);
        name.resize(dot);
      }
      CompressedForms& forms = forms_[name];
      forms.path = path;
      forms.stamp = std::move(stamp);
      forms.codings.add(ending.coding);
      break;
    }
  }
}

const CompressedForms* CompressedFiles::find(std::string_view name) const {
  const auto found = forms_.find(name);
  return found == forms_.end() ? nullptr : &found->second;
}

}  // namespace millrace::gateway
