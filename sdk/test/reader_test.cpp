// Hostile input: long names, long lists, nested choices. The sizes are such that an algorithm of
// quadratic time would not finish.
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/json.hpp"
#include "millrace/validation.hpp"
#include "test_flat.hpp"

namespace {

using millrace::parse;
using millrace::Schema;
using millrace::test::flat;

constexpr std::size_t kLong = 1'000'000;

std::string list_of(std::string_view item, std::size_t count) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text.append(i == 0 ? "" : ",").append(item);
  return text + "]";
}

struct Few {
  std::vector<int> numbers;
  std::vector<bool> flags;
  int level = 1;
  static inline int asked = 0;
  static void rules(Schema<Few>& of) {
    of[&Few::numbers].min(1).max(3).max(2).defaulted();
    of[&Few::flags].length(1).defaulted();
    of[&Few::level].one_of({1, 2}).defaulted();
    of.check([](const Few&) -> std::optional<millrace::FieldError> {
      ++asked;
      return std::nullopt;
    });
  }
};
BOOST_DESCRIBE_STRUCT(Few, (), (numbers, flags, level))

struct Closed {
  static void rules(Schema<Closed>& of) { of.strict(); }
};
BOOST_DESCRIBE_STRUCT(Closed, (), ())

struct Right;
struct Left;
using Either = std::vector<std::variant<Left, Right>>;
struct Left {
  Either next;
  bool left = false;
};
struct Right {
  Either next;
  bool right = false;
};
BOOST_DESCRIBE_STRUCT(Left, (), (next, left))
BOOST_DESCRIBE_STRUCT(Right, (), (next, right))

struct Searched {
  std::string text;
  static void rules(Schema<Searched>& of) { of[&Searched::text].regex("b").trim().max(1500); }
};
BOOST_DESCRIBE_STRUCT(Searched, (), (text))

struct Negative {
  std::string text;
  static void rules(Schema<Negative>& of) { of[&Negative::text].min(static_cast<std::size_t>(-1)); }
};
BOOST_DESCRIBE_STRUCT(Negative, (), (text))

}  // namespace

TEST(Reader, LongNamesAreTruncatedInIssues) {
  using Lists = std::map<std::string, std::vector<int>>;
  const std::string key(kLong, 'k');
  const auto parsed = parse<Lists>("{\"" + key + "\":" + list_of("null", 1000) + "}");
  ASSERT_EQ(parsed.errors().issues().size(), 1000U);
  const auto& name = std::get<std::string>(parsed.errors().issues().front().path.front());
  EXPECT_EQ(name, std::string(256, 'k') + "…");

  // Not inside a character.
  std::string letters = "k";
  while (letters.size() < 300) letters += "ä";
  const auto cut = parse<Lists>("{\"" + letters + "\":1}");
  EXPECT_EQ(std::get<std::string>(cut.errors().issues().front().path.front()),
            letters.substr(0, 255) + "…");

  const auto closed = parse<Closed>("{\"" + key + "\":1}");
  EXPECT_EQ(closed.errors().issues().front().message,
            "Unrecognized key: \"" + std::string(256, 'k') + "…\"");
}

TEST(Reader, ChoicesDoNotCopyTheirPath) {
  using Choices = std::map<std::string, std::vector<std::variant<int, double, std::string>>>;
  const std::string key(kLong, 'k');
  EXPECT_TRUE(parse<Choices>("{\"" + key + "\":" + list_of("1.5", 300'000) + "}"));
  const auto parsed = parse<Choices>("{\"" + key + "\":" + list_of("null", 300'000) + "}");
  EXPECT_EQ(parsed.errors().issues().size(), millrace::ValidationErrors::kMaxIssues);
}

TEST(Reader, ReportsPathsThroughAChoice) {
  const auto parsed =
      parse<std::vector<std::variant<int, std::vector<Closed>>>>("[1,[{},{\"a\":1}]]");
  EXPECT_EQ(millrace::to_json_text(parsed.errors().issues()),
            R"([{"path":[1,1],"message":"Unrecognized key: \"a\""}])");
}

TEST(Reader, ChoicesThatAreNotNestedHaveNoLimit) {
  using Scalars = std::vector<std::variant<std::string, bool, double>>;
  EXPECT_TRUE(parse<Scalars>(list_of("1", 700'000)));
  using Numbers = std::vector<std::variant<int, double>>;
  EXPECT_TRUE(parse<Numbers>(list_of("0.5", 1'100'000)));
}

TEST(Reader, NestedChoicesHaveALimit) {
  std::string text = "{\"next\":[],\"right\":true}";
  for (int i = 0; i < 40; ++i) text = "{\"next\":[" + text + "],\"right\":true}";
  EXPECT_EQ(flat(parse<Either>("[" + text + "]")),
            R"({"formErrors":[],"fieldErrors":{"0":["Invalid input"]}})");
}

TEST(Reader, DoesNotReadListsThatAreTooLong) {
  Few::asked = 0;
  EXPECT_EQ(flat(parse<Few>(R"({"numbers":[1,"2",null,4]})")),
            R"({"formErrors":[],"fieldErrors":)"
            R"({"numbers":["Too big: expected array to have <=3 items"]}})");
  EXPECT_EQ(flat(parse<Few>(R"({"numbers":[1,2,3],"flags":[1,2]})")),
            R"({"formErrors":[],"fieldErrors":)"
            R"({"numbers":["Too big: expected array to have <=2 items"],)"
            R"("flags":["Too big: expected array to have exactly 1 items"]}})");
  EXPECT_EQ(Few::asked, 0);
  EXPECT_TRUE(parse<Few>(R"({"numbers":[1,2],"flags":[true]})"));
  EXPECT_EQ(Few::asked, 1);
}

TEST(Reader, ListedNumbersReportAllOtherValues) {
  for (const char* level : {"3", "1.5", "1e10", "-1e10", "1e300"}) {
    EXPECT_EQ(
        flat(parse<Few>(std::string("{\"level\":") + level + "}")),
        R"({"formErrors":[],"fieldErrors":{"level":["Invalid option: expected one of 1|2"]}})")
        << level;
  }
}

TEST(Reader, NarrowNumbersRejectInfinity) {
  EXPECT_EQ(*parse<float>("0.5"), 0.5F);
  EXPECT_EQ(parse<float>("1e300").errors().issues().front().message,
            "Too big: expected number to be <=3.4028234663852886e+38");
  EXPECT_EQ(parse<float>("-1e300").errors().issues().front().message,
            "Too small: expected number to be >=-3.4028234663852886e+38");
  EXPECT_TRUE(parse<double>("1e300"));
}

TEST(Reader, LengthsAreNotNegative) {
  EXPECT_THROW((void)parse<Negative>("{}"), std::invalid_argument);
}

TEST(Reader, DoesNotSearchTextsThatAreTooLong) {
  const auto judged = [](const std::string& text) {
    return parse<Searched>("{\"text\":\"" + text + "\"}").errors().issues().size();
  };
  EXPECT_EQ(judged(std::string(1499, 'a') + "b"), 0U);
  EXPECT_EQ(judged(std::string(1500, ' ') + "b"), 0U) << "short enough for its other rules";
  EXPECT_EQ(judged(std::string(1500, 'a') + "b"), 2U) << "counts as not matching";
}
