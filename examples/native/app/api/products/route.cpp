#include <millrace/route.hpp>

#include "lib/handle_errors.hpp"
#include "services/products.hpp"

using namespace millrace;

struct Page {
  std::string tag;
  std::optional<int> limit;

  static void rules(Schema<Page>& of) { of[&Page::limit].min(1).max(100); }
};
BOOST_DESCRIBE_STRUCT(Page, (), (tag, limit))

Response GET(const Request& request) {
  return handle_errors(request, [&] {
    auto query = request.url().query().entries();
    if (!request.query("tag")) query.emplace_back("tag", "");
    const auto page = parse<Page>(query);
    if (!page) return Response::invalid(page.errors());
    return Response::json(services::products(page->tag, page->limit.value_or(20)));
  });
}

Response POST(const Request& request) {
  return handle_errors(request, [&] {
    const auto input = request.json<services::ProductInput>();
    return Response::json(services::add_product(input), 201);
  });
}
