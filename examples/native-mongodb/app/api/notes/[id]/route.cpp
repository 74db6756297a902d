#include <millrace/route.hpp>

#include "services/handle_errors.hpp"
#include "services/notes.hpp"

using namespace millrace;

Response GET(const Request& request, const Params& params) {
  return handle_errors(request, [&] {
    const auto note = services::find_note(params["id"]);
    return note ? Response::json(*note) : Response::error(404, "there is no such note");
  });
}
