// Parsing that zod_cases_test.cpp does not cover: kinds of input, limits, and types that C++ has
// and JavaScript has not.
#include "millrace/validation.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "millrace/form_data.hpp"
#include "millrace/json.hpp"
#include "millrace/request.hpp"
#include "millrace/response.hpp"
#include "test_flat.hpp"
#include "validation/pattern.hpp"

namespace {

using millrace::parse;
using millrace::Schema;
using millrace::test::flat;
using Entries = std::vector<std::pair<std::string, std::string>>;

struct Named {
  std::string name;
};
BOOST_DESCRIBE_STRUCT(Named, (), (name))

struct User : Named {
  std::int64_t id = 0;
  bool active = false;
  static void rules(Schema<User>& of) {
    of[&User::name].min(2);
    of[&User::id].positive();
    of[&User::active].defaulted();
  }
};
BOOST_DESCRIBE_STRUCT(User, (Named), (id, active))

struct Tree {
  int value = 0;
  std::vector<Tree> children;
  static void rules(Schema<Tree>& of) { of[&Tree::children].defaulted(); }
};
BOOST_DESCRIBE_STRUCT(Tree, (), (value, children))

struct Search {
  std::string q;
  std::optional<unsigned> page;
  std::optional<bool> exact;
  std::vector<int> ids;
  std::optional<User> author;
  std::unordered_map<std::string, double> boost;
  static void rules(Schema<Search>& of) {
    of[&Search::ids].defaulted();
    of[&Search::boost].defaulted();
  }
};
BOOST_DESCRIBE_STRUCT(Search, (), (q, page, exact, ids, author, boost))

struct Slug {
  std::string text;
  double number = 1;
  static void rules(Schema<Slug>& of) {
    of[&Slug::text].check([](const std::string& text) { return text != "taken"; }, "Is taken");
    of[&Slug::number].defaulted().check([](double number) { return number != 13; });
  }
};
BOOST_DESCRIBE_STRUCT(Slug, (), (text, number))

struct Forgotten {
  int listed = 0;
  int unlisted = 0;
  static void rules(Schema<Forgotten>& of) { of[&Forgotten::unlisted].min(1); }
};
BOOST_DESCRIBE_STRUCT(Forgotten, (), (listed))

struct BadPattern {
  std::string text;
  static void rules(Schema<BadPattern>& of) { of[&BadPattern::text].regex("("); }
};
BOOST_DESCRIBE_STRUCT(BadPattern, (), (text))

using Nest = std::variant<int, std::vector<int>>;

struct Guarded {
  std::string text;
  static void rules(Schema<Guarded>& of) { of[&Guarded::text].regex("^(a+)+$"); }
};
BOOST_DESCRIBE_STRUCT(Guarded, (), (text))

struct Open {
  std::string text;
};
BOOST_DESCRIBE_STRUCT(Open, (), (text))

std::string only_form_error(std::string_view message) {
  return millrace::to_json_text(
      millrace::json::object{{"formErrors", {message}}, {"fieldErrors", millrace::json::object()}});
}

}  // namespace

TEST(Validation, ReturnsTheValue) {
  const auto user = parse<User>(R"({"name":"Ann","id":7,"other":1})");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->name, "Ann");
  EXPECT_EQ((*user).id, 7);
  EXPECT_FALSE(user->active);
  EXPECT_TRUE(user.errors().empty());
}

TEST(Validation, ReadsMembersOfBases) {
  EXPECT_EQ(flat(parse<User>(R"({"name":"A","id":0})")),
            R"({"formErrors":[],"fieldErrors":{)"
            R"("name":["Too small: expected string to have >=2 characters"],)"
            R"("id":["Too small: expected number to be >0"]}})");
}

TEST(Validation, ReportsInvalidJson) {
  EXPECT_EQ(flat(parse<User>("{\"name\":}")),
            only_form_error("Invalid JSON: syntax error at byte 9"));
  EXPECT_EQ(flat(parse<User>("")), only_form_error("Invalid JSON: incomplete JSON at byte 1"));
}

TEST(Validation, ReadsValuesThatAreNotStructs) {
  const auto numbers = parse<std::vector<int>>("[1,2]");
  ASSERT_TRUE(numbers);
  EXPECT_EQ(*numbers, (std::vector<int>{1, 2}));
  EXPECT_EQ(
      flat(parse<std::vector<int>>(R"([1,"2"])")),
      R"({"formErrors":[],"fieldErrors":{"1":["Invalid input: expected number, received string"]}})");
  EXPECT_TRUE(parse<millrace::json::value>("null"));
  const millrace::json::value value = {{"name", "Ann"}, {"id", 1}};
  EXPECT_TRUE(parse<User>(value));
  const std::string text = R"({"name":"Ann","id":1})";
  EXPECT_TRUE(parse<User>(text));
}

TEST(Validation, WideIntegersAreExact) {
  EXPECT_EQ(*parse<std::int64_t>("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(*parse<std::int64_t>("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*parse<std::uint64_t>("18446744073709551615"),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(flat(parse<std::int64_t>("9223372036854775808")),
            only_form_error("Too big: expected number to be <=9223372036854775807"));
  EXPECT_EQ(flat(parse<std::uint64_t>("-1")),
            only_form_error("Too small: expected number to be >=0"));
  EXPECT_EQ(flat(parse<std::uint64_t>("1e300")),
            only_form_error("Too big: expected number to be <=18446744073709551615"));
  EXPECT_FALSE(parse<std::int64_t>("-1e300"));
  EXPECT_EQ(*parse<std::uint8_t>("255"), 255);
  EXPECT_FALSE(parse<std::uint8_t>("256"));
  EXPECT_FALSE(parse<std::int8_t>("-129"));
}

TEST(Validation, RunsCustomChecks) {
  EXPECT_EQ(flat(parse<Slug>(R"({"text":"taken","number":13})")),
            R"({"formErrors":[],"fieldErrors":{"text":["Is taken"],"number":["Invalid input"]}})");
  EXPECT_TRUE(parse<Slug>(R"({"text":"free"})"));
}

TEST(Validation, ReportsThePathOfEachIssue) {
  const auto parsed = parse<Tree>(R"({"value":1,"children":[{"value":2},{"value":"x"}]})");
  ASSERT_EQ(parsed.errors().issues().size(), 1U);
  EXPECT_EQ(millrace::to_json_text(parsed.errors().issues()),
            R"([{"path":["children",1,"value"],)"
            R"("message":"Invalid input: expected number, received string"}])");
  EXPECT_EQ(flat(parsed), R"({"formErrors":[],"fieldErrors":{"children":)"
                          R"(["Invalid input: expected number, received string"]}})");
}

TEST(Validation, AHandlerAddsErrors) {
  millrace::ValidationErrors errors;
  errors.add("email", "Is taken");
  errors.add("", "Try again");
  EXPECT_EQ(millrace::to_json_text(errors.flatten()),
            R"({"formErrors":["Try again"],"fieldErrors":{"email":["Is taken"]}})");
}

TEST(Validation, RespondsWithTheErrors) {
  const auto response = millrace::Response::invalid(parse<User>("7").errors());
  EXPECT_EQ(response.status(), 400);
  EXPECT_EQ(response.body(), only_form_error("Invalid input: expected object, received number"));
}

TEST(Validation, RejectsDeepInputs) {
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += R"({"value":1,"children":[)";
    for (int i = 0; i < levels; ++i) text += "]}";
    return text;
  };
  EXPECT_TRUE(parse<Tree>(nested(50)));
  EXPECT_FALSE(parse<Tree>(nested(10'050)));

  // A value that a handler creates can be nested more deeply than any text.
  millrace::json::value value = {{"value", 1}};
  for (int i = 0; i < 500; ++i) {
    millrace::json::array children;
    children.push_back(std::move(value));
    value = millrace::json::object{{"value", 1}, {"children", std::move(children)}};
  }
  const auto parsed = parse<Tree>(value);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.errors().issues().front().message, "Too deep: expected at most 100 levels");
}

TEST(Validation, KeepsAThousandIssues) {
  std::string text = "[0";
  for (int i = 0; i < 5000; ++i) text += ",null";
  const auto parsed = parse<std::vector<int>>(text + "]");
  EXPECT_EQ(parsed.errors().issues().size(), millrace::ValidationErrors::kMaxIssues);
}

TEST(Validation, ReadsForms) {
  const Entries entries = {{"q", "x"},         {"page", "2"},         {"exact", "on"},
                           {"ids", "1"},       {"ids", "2"},          {"author.name", "Ann"},
                           {"author.id", "5"}, {"boost.title", "1.5"}};
  const auto search = parse<Search>(entries);
  ASSERT_TRUE(search) << flat(search);
  EXPECT_EQ(search->page, 2U);
  EXPECT_EQ(search->exact, true);
  EXPECT_EQ(search->ids, (std::vector<int>{1, 2}));
  EXPECT_EQ(search->author->name, "Ann");
  EXPECT_EQ(search->author->id, 5);
  EXPECT_EQ(search->boost.at("title"), 1.5);
}

TEST(Validation, AnEmptyTextIsAbsent) {
  const auto search = parse<Search>(Entries{{"q", ""}, {"page", ""}, {"exact", " "}});
  ASSERT_TRUE(search) << flat(search);
  EXPECT_EQ(search->q, "");
  EXPECT_FALSE(search->page);
  EXPECT_FALSE(search->exact);
}

TEST(Validation, ReportsTheErrorsOfForms) {
  const auto search = parse<Search>(Entries{{"page", "two"}, {"exact", "maybe"}, {"q.x", "1"}});
  EXPECT_EQ(flat(search), R"({"formErrors":[],"fieldErrors":{)"
                          R"("q":["Invalid input: expected string, received undefined"],)"
                          R"("page":["Invalid input: expected number, received NaN"],)"
                          R"("exact":["Invalid input: expected boolean, received string"]}})");
}

TEST(Validation, ReadsQueriesAndBodies) {
  EXPECT_TRUE(parse<Search>(millrace::QueryParameters("?q=a%20b&page=3")));
  const std::string form = "Content-Type: application/x-www-form-urlencoded\r\n";
  EXPECT_EQ((*parse<User>(millrace::Request({.fields = form}, "name=Ann&id=3"))).id, 3);
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ((*parse<User>(millrace::Request({.fields = json}, R"({"name":"Ann","id":4})"))).id, 4);
  const std::string loud = "Content-Type: APPLICATION/X-WWW-Form-UrlEncoded ; charset=utf-8\r\n";
  EXPECT_EQ((*parse<User>(millrace::Request({.fields = loud}, "name=Ann&id=3"))).id, 3);
  const std::string broken = "Content-Type: multipart/form-data; boundary=x\r\n";
  EXPECT_EQ(flat(parse<User>(millrace::Request({.fields = broken}, "no"))),
            only_form_error("Invalid form: the body does not match its Content-Type"));
}

TEST(Validation, ReadsTextAsJavaScriptDoes) {
  const std::string mark = "\xEF\xBB\xBF";
  EXPECT_TRUE(parse<User>(mark + R"({"name":"Ann","id":1})"));
  const auto named = parse<Named>("{\"name\":\"a\xFF\xE2\x82z\"}");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->name, "a\uFFFD\uFFFDz");
}

TEST(Validation, FormsContainTinyNumbers) {
  using Boosts = std::unordered_map<std::string, double>;
  for (const char* text : {"1e-400", "0.01e-330", "-1e-400", "1e-99999999999999999999"}) {
    const auto parsed = parse<Boosts>(Entries{{"a", text}});
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->at("a"), 0) << text;
  }
  for (const char* text : {"1e400", "100e307", "1e99999999999999999999"}) {
    EXPECT_EQ(flat(parse<Boosts>(Entries{{"a", text}})),
              R"({"formErrors":[],"fieldErrors":)"
              R"({"a":["Invalid input: expected number, received Infinity"]}})")
        << text;
  }
  EXPECT_FALSE(parse<Boosts>(Entries{{"a", "1e"}}));
}

TEST(Validation, RulesForMembersThatAreNotDescribedAreRejected) {
  EXPECT_THROW((void)parse<Forgotten>("{}"), std::invalid_argument);
}

TEST(Validation, InvalidPatternsAreRejected) {
  EXPECT_THROW((void)parse<BadPattern>("{}"), std::invalid_argument);
}

TEST(Validation, EndlessPatternsAreUndecided) {
  const millrace::Pattern pattern("^(a+)+$");
  EXPECT_EQ(millrace::Pattern::Occurs::yes, pattern.occurs_in("aaaa"));
  EXPECT_EQ(millrace::Pattern::Occurs::cannot_tell, pattern.occurs_in(std::string(200, 'a') + "b"));
  // A long text does not overflow the stack either.
  EXPECT_EQ(millrace::Pattern::Occurs::yes,
            millrace::Pattern("^(?:a|b)*c").occurs_in(std::string(5000, 'a') + "c"));
  EXPECT_EQ(millrace::Pattern::Occurs::cannot_tell,
            millrace::Pattern("(?:a|b)*c").occurs_in(std::string(20'000, 'a')));
}

TEST(Validation, AnUndecidedAlternativeExcludesLaterOnes) {
  using Either = std::variant<Guarded, Open>;
  const auto given = [](const std::string& text) { return R"({"text":")" + text + R"("})"; };
  const auto guarded = parse<Either>(given("aa"));
  ASSERT_TRUE(guarded);
  EXPECT_EQ(guarded->index(), 0U);
  const auto open = parse<Either>(given("b"));
  ASSERT_TRUE(open);
  EXPECT_EQ(open->index(), 1U);
  const std::string list = "[" + given(std::string(200, 'a') + "b") + "," + given("b") + "]";
  EXPECT_EQ(flat(parse<std::vector<Either>>(list)),
            R"({"formErrors":[],"fieldErrors":{"0":["Invalid string: must match pattern )"
            R"(/^(a+)+$/"]}})");
}

TEST(Validation, AlternativesDoNotMultiply) {
  EXPECT_TRUE(parse<std::vector<Nest>>("[1,[2,3]]"));
  EXPECT_EQ(flat(parse<std::vector<Nest>>(R"([1,"x"])")),
            R"({"formErrors":[],"fieldErrors":{"1":["Invalid input"]}})");
}

TEST(Validation, ThreadsShareTheRules) {
  std::vector<std::thread> threads;
  std::vector<int> good(4);
  for (std::size_t i = 0; i < good.size(); ++i) {
    threads.emplace_back([&good, i] {
      for (int n = 0; n < 100; ++n) good[i] += parse<Search>(R"({"q":"x","ids":[1]})") ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, (std::vector<int>{100, 100, 100, 100}));
}
