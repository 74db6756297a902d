#include <millrace/route.hpp>

using namespace millrace;

struct Post {
  std::vector<std::string> slug;
  std::string title;
};
BOOST_DESCRIBE_STRUCT(Post, (), (slug, title))

Response GET(const Request&, const Params& params) {
  const auto& slug = params.all("slug");
  return Response::json(Post{slug, "On " + slug.back()});
}
