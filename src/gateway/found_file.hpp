// A file that the server sends, as the site has found it.
#pragma once

#include <filesystem>

#include "gateway/compressed_files.hpp"
#include "gateway/file_response.hpp"

namespace millrace::gateway {

struct FoundFile {
  std::filesystem::path path;
  FileResponse::Caching caching = FileResponse::Caching::revalidate;
  /// Null without compressed forms. Belongs to the site.
  const CompressedForms* forms = nullptr;
  /// A folder out of which no link may lead; null: links lead anywhere. Belongs to the site.
  const std::filesystem::path* within = nullptr;
};

}  // namespace millrace::gateway
