// The handlers of /api/users, called as functions.
#include <millrace/route.hpp>

#include <gtest/gtest.h>
#include "lib/handle_errors.hpp"
#include "lib/ids.hpp"
#include "services/users.hpp"

namespace collection {
#include "app/api/users/route.cpp"
}
namespace item {
#include "app/api/users/[id]/route.cpp"
}

using namespace millrace;

namespace {

Response post(std::string body) {
  return collection::POST(Request({.method = "POST", .target = "/api/users"}, std::move(body)));
}

Response get(const std::string& id) {
  return item::GET(Request({.target = "/api/users/" + id}, ""), {{"id", id}});
}

TEST(Users, AreAddedAndFound) {
  const Response made = post(R"({"name":" Ada ","email":"ada@example.com"})");
  EXPECT_EQ(made.status(), 201);
  const std::string place = made.header("location").value_or("");
  ASSERT_TRUE(place.starts_with("/api/users/")) << place;
  const Response found = get(place.substr(std::string("/api/users/").size()));
  EXPECT_EQ(found.status(), 200);
  EXPECT_EQ(found.body(), made.body());
}

TEST(Users, AreNotAddedTwice) {
  EXPECT_EQ(post(R"({"name":"Bob","email":"bob@example.com"})").status(), 201);
  EXPECT_EQ(post(R"({"name":"Bob","email":"bob@example.com"})").status(), 409);
}

TEST(Users, AreRefusedWithAllThatIsWrong) {
  try {
    static_cast<void>(post(R"({"name":"","email":"nowhere","age":7})"));
    FAIL() << "expected an HttpError";
  } catch (const HttpError& error) {
    EXPECT_EQ(error.response().status(), 400);
    const std::string& body = error.response().body();
    for (const char* field : {"name", "email", "age"}) {
      EXPECT_NE(body.find(field), std::string::npos) << body;
    }
  }
}

TEST(Users, ThatAreNotThereAre404) {
  EXPECT_EQ(get("999").status(), 404);
  EXPECT_EQ(get("nonsense").status(), 404);
}

}  // namespace
