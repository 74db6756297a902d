// RouteObject is a route's compiled code in this process: the shared object that the build made of
// its file, and the handlers it exports.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.hpp"
#include "millrace/detail/route_table.hpp"

namespace millrace::native {

/// Never unloaded: values that it made, threads that it started and functions that are to run later
/// may outlive its generation.
class RouteObject {
 public:
  /// Loads the object and runs its static initialisers, in the calling thread. Errors: broken, with
  /// what the loader said, or what was built against another SDK.
  [[nodiscard]] static base::Result<RouteObject> open(const std::filesystem::path& file);

  /// The handler of a method: of HEAD that of GET where there is none; of all methods where there is
  /// one for all. Null where there is none.
  [[nodiscard]] const detail::MethodEntry* handler(std::string_view method) const;

  /// The methods that it exports, without those that are implied.
  [[nodiscard]] std::span<const detail::MethodEntry> methods() const {
    return {table_->methods, table_->method_count};
  }
  [[nodiscard]] RouteOptions options() const { return table_->options(); }
  /// "GET, HEAD, OPTIONS": for the field Allow.
  [[nodiscard]] std::string allow() const;

 private:
  explicit RouteObject(const detail::RouteTable* table) : table_(table) {}
  [[nodiscard]] const detail::MethodEntry* find(std::string_view method) const;

  const detail::RouteTable* table_;
};

}  // namespace millrace::native
