#include "project/images.hpp"

namespace millrace::project {

namespace {

std::optional<std::string> optional_text(JsonReader& reader, std::string_view name) {
  if (reader.find(name) == nullptr) return std::nullopt;
  return reader.text(name, {});
}

void read_patterns(JsonReader& reader, ImageSettings& images) {
  if (reader.find("local_patterns") != nullptr) {
    images.local_patterns.emplace();
    reader.each("local_patterns", [&images](JsonReader& item) {
      images.local_patterns->push_back(
          {.pathname = item.required_text("pathname"), .search = optional_text(item, "search")});
    });
  }
  reader.each("remote_patterns", [&images](JsonReader& item) {
    images.remote_patterns.push_back({.protocol = optional_text(item, "protocol"),
                                      .hostname = item.required_text("hostname"),
                                      .port = optional_text(item, "port"),
                                      .pathname = item.required_text("pathname"),
                                      .search = optional_text(item, "search")});
  });
}

}  // namespace

std::optional<ImageSettings> read_images(JsonReader& reader) {
  if (reader.find("images") == nullptr) return std::nullopt;
  ImageSettings images;
  reader.inside("images", [&images](JsonReader& inner) {
    images.enabled = inner.required_flag("enabled");
    images.sizes = inner.required_counts("sizes");
    if (inner.find("qualities") != nullptr) images.qualities = inner.required_counts("qualities");
    read_patterns(inner, images);
    images.domains = inner.texts("domains", {});
  });
  return images;
}

}  // namespace millrace::project
