#pragma once

#include <boost/beast/core/string.hpp>

#include <cstddef>
#include <string_view>

/// What the two parsers that are built on Beast share.
namespace millrace::http {

/// The shortest chunk head that ends a body, "0 CRLF CRLF": Beast asserts that it is offered as a
/// whole.
constexpr std::size_t kLeastChunk = 5;

inline std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

}  // namespace millrace::http
