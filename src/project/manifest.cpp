#include "project/manifest.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

#include "project/checked_text.hpp"
#include "project/json_reader.hpp"
#include "project/manifest_route.hpp"

namespace millrace::project {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Error;
using base::ErrorCode;

constexpr std::size_t kJsonDepth = 64;

Error invalid(std::string_view file, std::string_view what) {
  return {ErrorCode::invalid, std::string(file) + ": " + std::string(what) +
                                  "\nRun `millrace build` to write it again."};
}

base::Result<json::object> parse_object(std::string_view text, std::string_view file_name) {
  json::error_code failed;
  json::parse_options options;
  options.max_depth = kJsonDepth;
  json::value parsed =
      json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed) return invalid(file_name, "expected JSON: " + failed.message());
  if (!parsed.is_object()) {
    return invalid(file_name, "expected an object, found " + std::string(kind_name(parsed)));
  }
  return std::move(parsed.get_object());
}

/// Checked first, since the names can have other meanings in other versions.
base::Result<void> check_version(const json::object& top, std::string_view file_name) {
  const json::value* version = top.if_contains("version");
  const std::int64_t* number = version == nullptr ? nullptr : version->if_int64();
  if (number != nullptr && *number == kManifestVersion) return {};
  return invalid(file_name, "version: this server reads manifests of version " +
                                std::to_string(kManifestVersion) + ", found " +
                                (version ? json::serialize(*version) : "none"));
}

void read_mode(JsonReader& reader, Manifest& manifest) {
  const std::string word = reader.required_text("mode");
  const auto mode = mode_named(word);
  if (!mode || *mode == Mode::test) {
    return reader.report("mode", R"("production" or "development")", word);
  }
  manifest.mode = *mode;
}

void read_config(JsonReader& reader, Manifest& manifest) {
  const json::object* object = reader.required_object("config");
  if (object == nullptr) return;
  auto config = parse_config(*object);
  if (!config) return reader.adopt(config.error().message());
  manifest.config = std::move(config).value();
}

void read_routes(JsonReader& reader, Manifest& manifest) {
  const json::array* items = reader.required_array("routes");
  if (items == nullptr) return;
  manifest.routes.reserve(items->size());
  reader.each("routes",
              [&manifest](JsonReader& item) { manifest.routes.push_back(read_route(item)); });
}

std::optional<Instrumentation> read_instrumentation(JsonReader& reader) {
  if (reader.find("instrumentation") == nullptr) return std::nullopt;
  Instrumentation found;
  reader.inside("instrumentation", [&found](JsonReader& inner) {
    found.file = required_file(inner, "file", "a path inside the project");
    found.module = required_file(inner, "module", "a path below the manifest's folder");
    found.of_next = read_of_next(inner);
  });
  return found;
}

std::optional<Pages> read_pages(JsonReader& reader, std::size_t routes) {
  if (reader.find("pages") == nullptr) return std::nullopt;
  Pages pages;
  reader.inside("pages", [&](JsonReader& inner) {
    if (routes == 0) return inner.report("not_found", "the number of a route", "no routes");
    pages.build_id = inner.required_text("build_id");
    pages.not_found = static_cast<std::uint32_t>(
        inner.required_integer("not_found", 0, static_cast<std::int64_t>(routes) - 1));
    pages.images = read_images(inner);
  });
  return pages;
}

/// Only the server responds in production, whatever a manifest states.
void read_next_dev(JsonReader& reader, Manifest& manifest) {
  manifest.next_dev = reader.text("next_dev", {});
  if (manifest.next_dev.empty()) return;
  if (manifest.mode != Mode::development) {
    reader.report("next_dev", "nothing in production", manifest.next_dev);
  } else if (!manifest.next_dev.starts_with("http://") || has_controls(manifest.next_dev)) {
    reader.report("next_dev", "http://HOST:PORT", "other text");
  }
  manifest.next_dev_pages = reader.flag("next_dev_pages", false);
}

}  // namespace

base::Result<Manifest> parse_manifest(std::string_view text, std::string_view file_name) {
  const auto top = parse_object(text, file_name);
  if (!top) return top.error();
  if (auto known = check_version(*top, file_name); !known) return known.error();
  JsonReader reader(*top, {});
  Manifest manifest;
  manifest.build_id = reader.required_text("build_id");
  read_mode(reader, manifest);
  manifest.generator = reader.required_text("generator");
  manifest.built_at =
      reader.required_integer("built_at", 0, std::numeric_limits<std::int64_t>::max());
  read_config(reader, manifest);
  read_routes(reader, manifest);
  manifest.prerendered = read_prerendered(reader, manifest.routes.size());
  manifest.rules = read_rules(reader);
  manifest.middleware = read_middleware(reader, manifest.routes.size());
  manifest.instrumentation = read_instrumentation(reader);
  manifest.pages = read_pages(reader, manifest.routes.size());
  read_next_dev(reader, manifest);
  manifest.memory_state = read_memory_state(reader);
  if (reader.error()) return invalid(file_name, *reader.error());
  return manifest;
}

base::Result<Manifest> read_manifest(const fs::path& file) {
  std::error_code failed;
  const std::uintmax_t size = fs::file_size(file, failed);
  if (failed == std::errc::no_such_file_or_directory) {
    return Error(ErrorCode::not_found,
                 "No such file: " + file.string() + "\nRun `millrace build` first.");
  }
  if (failed) return Error::from_errno("cannot read " + file.string(), failed.value());
  if (size > kManifestBytes) {
    return invalid(file.string(),
                   "expected at most 64 MiB, found " + std::to_string(size) + " bytes");
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Error(ErrorCode::system, "cannot read " + file.string());
  return parse_manifest(text, file.string());
}

}  // namespace millrace::project
