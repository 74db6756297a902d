#include "routing/url_text.hpp"

#include "base/ascii.hpp"

namespace millrace::routing {

namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

void append_encoded(std::string& out, std::string_view text, std::string_view also) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || also.find(c) != std::string_view::npos) {
      append_escape(out, byte);
    } else {
      out.push_back(c);
    }
  }
}

}  // namespace

UrlParts split_url(std::string_view text) {
  UrlParts parts;
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    parts.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  const std::size_t mark = text.find('?');
  parts.path = text.substr(0, mark);
  if (mark != std::string_view::npos) parts.query = text.substr(mark + 1);
  return parts;
}

int dots_of(std::string_view segment) {
  int dots = 0;
  while (!segment.empty()) {
    if (segment.front() == '.') {
      segment.remove_prefix(1);
    } else if (base::equals_ignoring_case(segment.substr(0, 3), "%2e")) {
      segment.remove_prefix(3);
    } else {
      return 0;
    }
    if (++dots > 2) return 0;
  }
  return dots;
}

void append_path(std::string& out, std::string_view path) {
  const std::size_t root = out.size();
  std::size_t begin = 1;
  while (true) {
    const std::string_view segment = segment_at(path, begin);
    const bool last = begin + segment.size() >= path.size();
    const int dots = dots_of(segment);
    if (dots == 2) {
      const std::size_t slash = out.rfind('/');
      if (slash != std::string::npos && slash >= root && out.size() > root) out.resize(slash);
    }
    if (dots == 0) {
      out.push_back('/');
      for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_path_encoded(byte)) {
          append_escape(out, byte);
        } else {
          out.push_back(c);
        }
      }
    } else if (last) {
      out.push_back('/');
    }
    if (last) return;
    begin += segment.size() + 1;
  }
}

void append_url(std::string& out, std::string_view text) {
  const UrlParts parts = split_url(text);
  append_path(out, parts.path);
  if (!parts.query.empty()) {
    out.push_back('?');
    append_encoded(out, parts.query, "\"#<>'");
  }
  if (!parts.fragment.empty()) {
    out.push_back('#');
    append_encoded(out, parts.fragment, "\"<>`");
  }
}

void append_escape(std::string& out, unsigned char byte) {
  out.push_back('%');
  out.push_back(kDigits[byte >> 4U]);
  out.push_back(kDigits[byte & 15U]);
}

bool Utf8Check::take(unsigned char byte) {
  if (missing_ > 0) {
    if (byte < lowest_ || byte > highest_) return false;
    --missing_;
    lowest_ = 0x80;
    highest_ = 0xbf;
    return true;
  }
  if (byte < 0x80) return true;
  if (byte < 0xc2 || byte > 0xf4) return false;
  missing_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
  if (byte == 0xe0) lowest_ = 0xa0;
  if (byte == 0xed) highest_ = 0x9f;
  if (byte == 0xf0) lowest_ = 0x90;
  if (byte == 0xf4) highest_ = 0x8f;
  return true;
}

}  // namespace millrace::routing
