#include "http/multipart.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "http/field_text.hpp"
#include "text/percent.hpp"

namespace millrace {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

/// Browsers escape quotes and line breaks in names, and nothing else (HTML, section 4.10.21.8).
std::string unescape_name(std::string_view text) {
  std::string name;
  while (!text.empty()) {
    const std::string_view escape = text.substr(0, 3);
    const bool known =
        escape == "%22" || escape == "%0A" || escape == "%0a" || escape == "%0D" || escape == "%0d";
    if (known) {
      name += escape[1] == '2' ? '"' : (escape[2] | 0x20) == 'a' ? '\n' : '\r';
    } else {
      name += text[0];
    }
    text.remove_prefix(known ? 3 : 1);
  }
  return repair_utf8(name);
}

/// A parameter of Content-Disposition.
struct Attribute {
  std::string name;
  std::string value;
  /// Whether it has the form name*=utf-8''… (RFC 8187).
  bool extended = false;
};

/// Removes the next attribute and the whitespace before it from `line`.
std::optional<Attribute> take_attribute(std::string_view& line) {
  skip_blanks(line);
  const std::size_t equals = line.find_first_of("=; \t\"");
  if (equals == std::string_view::npos || equals == 0 || line[equals] != '=') return std::nullopt;
  Attribute attribute;
  attribute.name = lower_case(line.substr(0, equals));
  line.remove_prefix(equals + 1);
  skip_blanks(line);
  if (attribute.name.ends_with('*')) {
    attribute.name.pop_back();
    attribute.extended = true;
  }
  if (line.starts_with('"') && !attribute.extended) {
    const std::size_t end = line.find('"', 1);
    if (end == std::string_view::npos) return std::nullopt;
    attribute.value = unescape_name(line.substr(1, end - 1));
    line.remove_prefix(end + 1);
    return attribute;
  }
  const std::string_view value = line.substr(0, line.find_first_of("; \t"));
  line.remove_prefix(value.size());
  if (!attribute.extended) {
    attribute.value = unescape_name(value);
    return attribute;
  }
  constexpr std::string_view kCharset = "utf-8'";
  if (!same_name(value.substr(0, kCharset.size()), kCharset)) return std::nullopt;
  const std::size_t quote = value.find('\'', kCharset.size());
  if (quote == std::string_view::npos) return std::nullopt;
  auto decoded = decode_component(value.substr(quote + 1));
  if (!decoded) return std::nullopt;
  attribute.value = *std::move(decoded);
  return attribute;
}

struct PartHead {
  std::optional<std::string> name;
  std::optional<std::string> filename;
  bool extended_filename = false;
  std::optional<std::string> type;
  bool base64 = false;
};

bool read_disposition(std::string_view value, PartHead& head) {
  constexpr std::string_view kFormData = "form-data";
  if (!same_name(value.substr(0, kFormData.size()), kFormData)) return false;
  std::string_view rest = value.substr(kFormData.size());
  // Of several lines the last one counts.
  head.name.reset();
  head.filename.reset();
  head.extended_filename = false;
  skip_blanks(rest);
  while (take(rest, ";")) {
    if (trim_blanks(rest).empty()) break;
    auto attribute = take_attribute(rest);
    if (!attribute) return false;
    if (attribute->name == "name") {
      head.name = std::move(attribute->value);
    } else if (attribute->name == "filename" && (attribute->extended || !head.extended_filename)) {
      head.filename = std::move(attribute->value);
      head.extended_filename = attribute->extended;
    }
    const bool ends = rest.empty() || rest[0] == ';' || rest[0] == ' ' || rest[0] == '\t';
    if (!ends) return false;
    skip_blanks(rest);
  }
  return head.name.has_value();
}

/// The type as Blob normalises it.
std::string blob_type(std::string_view value) {
  const bool printable = std::all_of(value.begin(), value.end(),
                                     [](char letter) { return letter >= ' ' && letter <= '~'; });
  return printable ? lower_case(value) : std::string();
}

/// Removes the fields of a part and the empty line after them from `rest`.
std::optional<PartHead> take_head(std::string_view& rest) {
  PartHead head;
  while (!take(rest, kLineEnd)) {
    const std::size_t end = rest.find(kLineEnd);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + kLineEnd.size());
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || line.find_first_of("\r\n") != std::string_view::npos) {
      return std::nullopt;
    }
    const std::string_view name = trim_blanks(line.substr(0, colon));
    const std::string_view value = trim_blanks(line.substr(colon + 1));
    if (!is_token(name)) return std::nullopt;
    if (same_name(name, "content-disposition")) {
      if (!read_disposition(value, head)) return std::nullopt;
    } else if (same_name(name, "content-type")) {
      head.type = blob_type(value);
    } else if (same_name(name, "content-transfer-encoding")) {
      head.base64 = value == "base64";
    }
  }
  if (!head.name) return std::nullopt;
  return head;
}

int base64_digit(char letter) {
  if (letter >= 'A' && letter <= 'Z') return letter - 'A';
  if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
  if (letter >= '0' && letter <= '9') return letter - '0' + 52;
  if (letter == '+' || letter == '-') return 62;
  return letter == '/' || letter == '_' ? 63 : -1;
}

/// Decodes in place as Node.js's Buffer.from(…, "base64") does: ends at "=", ignores other
/// characters. Returns the size.
std::size_t decode_base64(char* bytes, std::size_t size) {
  std::size_t written = 0;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t at = 0; at < size && bytes[at] != '='; ++at) {
    const int digit = base64_digit(bytes[at]);
    if (digit < 0) continue;
    bits = (bits << 6U | static_cast<std::uint32_t>(digit)) & 0xFFFFU;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[written++] = static_cast<char>(bits >> static_cast<unsigned>(count) & 0xFFU);
  }
  return written;
}

FormEntry make_entry(FormStorage& storage, PartHead head, std::string_view value) {
  if (head.base64) {
    char* const bytes = storage.body.data() + (value.data() - storage.body.data());
    value = value.substr(0, decode_base64(bytes, value.size()));
  }
  FormEntry entry;
  entry.name = *std::move(head.name);
  entry.filename = std::move(head.filename);
  if (entry.is_file()) {
    entry.type = head.type.value_or("text/plain");
  } else if (!is_utf8(value)) {
    value = storage.repaired.emplace_back(repair_utf8(value));
  }
  entry.value = value;
  return entry;
}

}  // namespace

std::optional<std::vector<FormEntry>> parse_multipart(FormStorage& storage,
                                                      std::string_view boundary,
                                                      std::size_t max_entries) {
  const std::string delimiter = "\r\n--" + std::string(boundary);
  std::string_view rest = storage.body;
  // The preamble, which is ignored.
  const std::size_t begin = rest.find(std::string_view(delimiter).substr(kLineEnd.size()));
  if (begin == std::string_view::npos) return std::nullopt;
  rest.remove_prefix(begin + delimiter.size() - kLineEnd.size());
  std::vector<FormEntry> entries;
  while (!take(rest, "--")) {
    if (!take(rest, kLineEnd) || entries.size() == max_entries) return std::nullopt;
    auto head = take_head(rest);
    if (!head) return std::nullopt;
    const std::size_t end = rest.find(delimiter);
    if (end == std::string_view::npos) return std::nullopt;
    entries.push_back(make_entry(storage, *std::move(head), rest.substr(0, end)));
    rest.remove_prefix(end + delimiter.size());
  }
  return entries;
}

}  // namespace millrace
