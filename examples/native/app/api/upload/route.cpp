#include <millrace/route.hpp>

using namespace millrace;

struct Uploaded {
  std::string field;
  std::string filename;
  std::string type;
  std::size_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Uploaded, (), (field, filename, type, bytes))

/// Limits the body to 2 MB. A larger one gets 413, and the handler is not called.
RouteOptions options(Route) { return {.max_body = 2 * 1024 * 1024}; }

Response POST(const Request& request) {
  const auto form = request.form_data();
  if (!form) return Response::error(400, "expected a form with files (multipart/form-data)");
  std::vector<Uploaded> files;
  for (const auto& entry : form->entries()) {
    if (!entry.is_file()) continue;
    files.push_back({entry.name, *entry.filename, entry.type, entry.value.size()});
  }
  return Response::json(files, 201);
}

/// Reads a file of any size in pieces: memory use does not grow, and the client cannot send faster
/// than the handler reads.
Task<Response> PUT(StreamedRequest& request) {
  std::size_t bytes = 0;
  for (;;) {
    const std::string piece = co_await request.read();
    if (piece.empty()) break;
    bytes += piece.size();
  }
  co_return Response::json(json::object{{"bytes", bytes}}, 201);
}
