#include <millrace/route.hpp>

using namespace millrace;

static json::object shown(const std::string& name, const std::string& value) {
  return {{"name", name}, {"value", value}, {"path", "/"}};
}

Response GET(const Request& request) {
  const RequestCookies& jar = request.cookies();
  json::array all;
  for (const auto& [name, value] : jar.all()) all.push_back(shown(name, value));
  const auto session = jar.get("session");
  return Response::json(json::object{
      {"session", session ? json::value(shown("session", *session)) : json::value(nullptr)},
      {"all", all},
      {"has", jar.has("session")}});
}

Response POST(const Request&) {
  Cookie session("session", "abc def");
  session.max_age = std::chrono::seconds(60);
  session.http_only = true;
  Cookie theme("theme", "dark");
  theme.same_site = SameSite::lax;
  return Response::json(json::object{{"now", "abc def"}})
      .append_header("Set-Cookie", "own=1; Path=/")
      .delete_cookie("old")
      .cookie(session)
      .cookie(theme);
}
