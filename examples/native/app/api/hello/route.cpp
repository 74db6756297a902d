#include <millrace/route.hpp>

using namespace millrace;

struct Hello {
  std::string hello;
};
BOOST_DESCRIBE_STRUCT(Hello, (), (hello))

Response GET(const Request& request) {
  return Response::json(Hello{request.query("name").value_or("world")});
}
