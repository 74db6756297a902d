// RouteObject is a route's compiled code in this process: the shared object that the build has made
// of its file, and the handlers that it exports.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "millrace/detail/route_table.hpp"

namespace millrace::native {

/// Never unloaded: values that it made, threads that it started and functions that run later may
/// outlive its generation.
class RouteObject {
 public:
  /// Loads the object and runs its static initializers, in the calling thread. Errors: broken, with
  /// the loader's message, or because it was built against another version of the SDK.
  [[nodiscard]] static base::Result<RouteObject> open(const std::filesystem::path& file);

  /// Returns the handler of a method; for HEAD that of GET if it has none of its own. Null if there
  /// is none.
  [[nodiscard]] const detail::MethodEntry* handler(std::string_view method) const;

  /// The methods that it exports, without implied ones.
  [[nodiscard]] std::span<const detail::MethodEntry> methods() const {
    return {table_->methods, table_->method_count};
  }
  [[nodiscard]] RouteOptions options() const { return table_->options(); }
  /// "GET, HEAD, OPTIONS": the value of the field Allow.
  [[nodiscard]] std::string allow() const;

 private:
  explicit RouteObject(const detail::RouteTable* table) : table_(table) {}
  [[nodiscard]] const detail::MethodEntry* find(std::string_view method) const;

  const detail::RouteTable* table_;
};

}  // namespace millrace::native
