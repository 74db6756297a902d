#include "route_object.hpp"

#include <dlfcn.h>

#include <set>
#include <string>

namespace millrace::native {

using base::Error;
using base::ErrorCode;

base::Result<RouteObject> RouteObject::open(const std::filesystem::path& file) {
  void* const object = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (object == nullptr)
    return Error(ErrorCode::broken, std::string("cannot be loaded: ") + ::dlerror());
  using Export = const detail::RouteTable* (*)();
  const auto exported = reinterpret_cast<Export>(::dlsym(object, "millrace_route"));
  if (exported == nullptr) {
    return Error(ErrorCode::broken, file.string() + " exports no route; build it again");
  }
  const detail::RouteTable* const table = exported();
  if (table->abi != kAbiVersion) {
    return Error(ErrorCode::broken, "was built against version " + std::to_string(table->abi) +
                                        " of the SDK, this server has version " +
                                        std::to_string(kAbiVersion) + "; build it again");
  }
  return RouteObject(table);
}

const detail::MethodEntry* RouteObject::find(std::string_view method) const {
  for (const detail::MethodEntry& entry : methods()) {
    if (entry.method == method) return &entry;
  }
  return nullptr;
}

const detail::MethodEntry* RouteObject::handler(std::string_view method) const {
  if (const auto* const found = find(method)) return found;
  return method == "HEAD" ? find("GET") : nullptr;
}

std::string RouteObject::allow() const {
  std::set<std::string> names = {"OPTIONS"};
  for (const detail::MethodEntry& entry : methods()) names.insert(entry.method);
  if (names.contains("GET")) names.insert("HEAD");
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

}  // namespace millrace::native
