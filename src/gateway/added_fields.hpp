// AddedFields are response fields that the server's own rules add to whatever responds: those of
// [[headers]] and [[cors]], and those of rates. The response's own fields come first.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::gateway {

struct AddedFields {
  /// Lines that are added in any case.
  std::string always;
  /// Lines that are added unless the response has an Access-Control-Allow-Origin of its own, which
  /// then stands for all of CORS.
  std::string cors;
  /// Lines that are added one by one unless the response has that field.
  std::vector<const std::pair<std::string, std::string>*> missing;

  [[nodiscard]] bool empty() const { return always.empty() && cors.empty() && missing.empty(); }

  /// Returns `fields`, the response's, with the added ones.
  [[nodiscard]] std::string merged(std::string_view fields) const;
};

}  // namespace millrace::gateway
