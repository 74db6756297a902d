#include <millrace/route.hpp>

#include "services/handle_errors.hpp"
#include "services/notes.hpp"

using namespace millrace;

struct Page {
  std::string tag;
  int limit = 20;

  static void rules(Schema<Page>& of) {
    of[&Page::tag].defaulted();
    of[&Page::limit].min(1).max(100).defaulted();
  }
};
BOOST_DESCRIBE_STRUCT(Page, (), (tag, limit))

Response GET(const Request& request) {
  const auto page = parse<Page>(request.url().query().entries());
  if (!page) return Response::invalid(page.errors());
  return handle_errors(request,
                       [&] { return Response::json(services::notes(page->tag, page->limit)); });
}

Response POST(const Request& request) {
  const auto input = request.json<services::NoteInput>();
  return handle_errors(request, [&] { return Response::json(services::add_note(input), 201); });
}
