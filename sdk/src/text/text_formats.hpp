// Recognizes e-mail addresses, UUIDs and URLs as zod does.
#pragma once

#include <string_view>

namespace millrace {

/// Letters, digits and _'+-. before the "@", then a domain with at least one dot.
[[nodiscard]] bool is_email(std::string_view text);

/// RFC 9562: versions 1 to 8 and the two UUIDs that are all zeros or all f.
[[nodiscard]] bool is_uuid(std::string_view text);

/// Whether the URL standard's parser accepts `text` without a base, so that URL.canParse() is true.
/// For host names outside ASCII only UTF-8 is checked.
[[nodiscard]] bool is_url(std::string_view text);

/// `text` without the characters that String.prototype.trim() removes at both ends.
[[nodiscard]] std::string_view trim_space(std::string_view text);

}  // namespace millrace
