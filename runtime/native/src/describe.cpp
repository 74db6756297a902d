#include "describe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <exception>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "route_object.hpp"

namespace millrace::native {

namespace json = boost::json;

namespace {

json::object described(const RouteObject& object) {
  json::array methods;
  for (const detail::MethodEntry& entry : object.methods()) methods.emplace_back(entry.method);
  const RouteOptions options = object.options();
  json::object settings;
  if (options.max_duration.count() > 0) settings["maxDuration"] = options.max_duration.count();
  json::object description = {{"methods", std::move(methods)}, {"options", std::move(settings)}};
  if (!options.matcher.empty()) {
    description["matcher"] = json::array(options.matcher.begin(), options.matcher.end());
  }
  return description;
}

json::object load_and_describe(const std::filesystem::path& file) {
  const auto failed = [](const std::string& why) { return json::object{{"error", why}}; };
  try {
    const auto object = RouteObject::open(file);
    return object ? described(*object) : failed(object.error().message());
  } catch (const std::exception& thrown) {
    return failed(std::string("threw while it was loaded: ") + thrown.what());
  } catch (...) {
    return failed("threw a value that is not a std::exception while it was loaded");
  }
}

}  // namespace

int describe(const std::filesystem::path& file) {
  // What the object prints while it is loaded is not part of the output.
  const base::UniqueFd out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const json::object result = load_and_describe(file);
  const std::string line = json::serialize(result) + '\n';
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(out.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return 1;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return result.contains("error") ? 1 : 0;
}

}  // namespace millrace::native
