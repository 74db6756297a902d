#include <millrace/route.hpp>

using namespace millrace;

struct Uploaded {
  std::string field;
  std::string filename;
  std::string type;
  std::size_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(Uploaded, (), (field, filename, type, bytes))

/// A form with files, of 2 MB at most: more is answered 413 before we are called.
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

/// A file of any size, piece by piece: memory stays as it is, and a slow disk slows the client.
Task<Response> PUT(StreamedRequest& request) {
  std::size_t bytes = 0;
  for (;;) {
    const std::string piece = co_await request.read();
    if (piece.empty()) break;
    bytes += piece.size();
  }
  co_return Response::json(json::object{{"bytes", bytes}}, 201);
}
