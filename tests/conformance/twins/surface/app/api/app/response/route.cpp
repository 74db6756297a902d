#include <millrace/route.hpp>

using namespace millrace;

#include <map>
#include <stdexcept>

static Response cookies() {
  Cookie a("a", "1");
  a.secure = true;
  a.same_site = SameSite::strict;
  return Response::json(json::object{{"cookies", true}})
      .cookie(a)
      .cookie({"b", "two words; and=more"})
      .delete_cookie("c")
      .append_header("Set-Cookie", "d=4");
}

static Response fails() { throw std::runtime_error("thrown on purpose"); }

using Way = Response (*)();

static const std::map<std::string, Way, std::less<>> ways = {
    {"json",
     [] {
       return Response::json(json::object{{"ok", true}}, 202).header("x-how", "json");
     }},
    {"redirect", [] { return Response::redirect("https://example.com/target"); }},
    {"redirect-status", [] { return Response::redirect("https://example.com/permanent", 308); }},
    {"redirect-init",
     [] { return Response::redirect("https://example.com/init", 303).header("x-how", "init"); }},
    {"plain-redirect", [] { return Response::redirect("https://example.com/plain", 301); }},
    {"cookies", cookies},
    {"new", [] { return Response::bytes("<b>new</b>", "text/html", 206); }},
    {"null", [] { return Response(204); }},
    {"null-200", [] { return Response(); }},
    {"empty", [] { return Response::text(""); }},
    {"text", [] { return Response::text("grüße"); }},
    {"bytes",
     [] {
       Response response;
       response.replace_body(std::string("\0\1\2\375\376\377", 6));
       return response;
     }},
    {"blob", [] { return Response::bytes("blob", "text/x-blob"); }},
    {"form",
     [] {
       return Response::bytes(encode_query({{"a", "1"}, {"b", "x y"}}),
                              "application/x-www-form-urlencoded;charset=UTF-8");
     }},
    {"status-text", [] { return Response::text("x", 299).reason("Quite Fine"); }},
    {"length", [] { return Response::text("12345"); }},
    {"etag",
     [] {
       return Response::text("tagged")
           .header("ETag", "\"mine\"")
           .header("Cache-Control", "public, max-age=9");
     }},
    {"304", [] { return Response(304).header("ETag", "\"x\""); }},
    {"multi",
     [] {
       return Response::text("multi")
           .append_header("x-multi", "one")
           .append_header("x-multi", "two")
           .header("Vary", "Origin");
     }},
    // Failures in JavaScript, of different kinds, are exceptions here.
    {"error", fails},
    {"next", fails},
    {"rewrite", fails},
    {"nothing", fails},
    {"object", fails},
    {"throw", fails},
    {"throw-response", fails}};

Response GET(const Request& request) {
  const auto way = ways.find(request.query("how").value_or(""));
  return way == ways.end() ? Response::text("unknown", 400) : way->second();
}
