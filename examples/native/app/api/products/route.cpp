#include <millrace/route.hpp>

#include "lib/handle_errors.hpp"
#include "services/products.hpp"

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
  return handle_errors(request, [&] {
    const auto page = parse<Page>(request.url().query().entries());
    if (!page) return Response::invalid(page.errors());
    return Response::json(services::products(page->tag, page->limit));
  });
}

Response POST(const Request& request) {
  return handle_errors(request, [&] {
    const auto input = request.json<services::ProductInput>();
    return Response::json(services::add_product(input), 201);
  });
}
