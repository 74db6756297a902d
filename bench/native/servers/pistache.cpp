// Pistache, a C++ web framework in Debian: one worker thread, its router.
#include <pistache/endpoint.h>
#include <pistache/router.h>

#include <string>

#include "orders.hpp"

using namespace Pistache;

int main(int, char** arguments) {
  Http::Endpoint server(
      Address(Ipv4::loopback(), Port(static_cast<std::uint16_t>(std::stoi(arguments[1])))));
  server.init(Http::Endpoint::options().threads(1).flags(Tcp::Options::ReuseAddr));
  Rest::Router router;
  Rest::Routes::Get(router, "/hello", [](const Rest::Request&, Http::ResponseWriter response) {
    response.send(Http::Code::Ok, std::string(bench::kHello), MIME(Application, Json));
    return Rest::Route::Result::Ok;
  });
  Rest::Routes::Post(router, "/order",
                     [](const Rest::Request& request, Http::ResponseWriter response) {
                       const std::string body = bench::echo(request.body());
                       response.send(body.empty() ? Http::Code::Bad_Request : Http::Code::Ok, body,
                                     MIME(Application, Json));
                       return Rest::Route::Result::Ok;
                     });
  server.setHandler(router.handler());
  server.serve();
}
