#include "project/host_pattern.hpp"

#include <algorithm>

#include "base/ip_network.hpp"

namespace millrace::project {

namespace {

bool is_host_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

}  // namespace

bool is_host_pattern(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    return base::IpAddress::parse(text.substr(1, text.size() - 2)).has_value();
  }
  if (text.starts_with("**.")) text.remove_prefix(3);
  for (;;) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    if (label != "*" && !is_host_label(label)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace millrace::project
