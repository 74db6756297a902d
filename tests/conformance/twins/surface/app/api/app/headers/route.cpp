#include <millrace/route.hpp>

using namespace millrace;

Response GET(const Request& request) {
  const Headers list = request.headers();
  const auto shown = [&list](std::string_view name) {
    const auto value = list.get(name);
    return value ? json::value(*value) : json::value(nullptr);
  };
  return Response::json(
      json::object{{"one", shown("X-Test-One")},
                   {"many", shown("x-test-many")},
                   {"missing", shown("x-test-missing")},
                   {"own", shown("x-test-one")},
                   // There is nothing to set here, so nothing that could be thrown.
                   {"thrown",
                    "Headers cannot be modified. Read more: "
                    "https://nextjs.org/docs/app/api-reference/functions/headers"}});
}
