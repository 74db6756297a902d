// Parsing compared with zod: zod_cases.mjs recorded zod's results for several hundred inputs, for
// schemas that are defined here as structs.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "millrace/json.hpp"
#include "millrace/validation.hpp"
#include "validation/pattern.hpp"

namespace {

using millrace::FieldError;
using millrace::Schema;

struct Address {
  std::string street;
  std::string zip;
  static void rules(Schema<Address>& of) {
    of[&Address::street].trim().min(1);
    of[&Address::zip].length(5);
  }
};
BOOST_DESCRIBE_STRUCT(Address, (), (street, zip))

struct Tag {
  std::string label;
  double weight = 1;
  static void rules(Schema<Tag>& of) {
    of[&Tag::label].min(2);
    of[&Tag::weight].defaulted();
  }
};
BOOST_DESCRIBE_STRUCT(Tag, (), (label, weight))

struct SignUp {
  std::string email;
  std::string password;
  std::optional<int> age;
  std::string role;
  Address address;
  std::vector<Tag> tags;

  static void rules(Schema<SignUp>& of) {
    of[&SignUp::email].email();
    of[&SignUp::password].min(8).max(72).regex("[0-9]", "Must contain a digit");
    of[&SignUp::age].min(18);
    of[&SignUp::role].one_of({"admin", "user"});
    of[&SignUp::tags].max(3);
    of.check([](const SignUp& value) -> std::optional<FieldError> {
      if (value.password != value.email) return std::nullopt;
      return FieldError{"password", "Must differ from the address"};
    });
    of.check([](const SignUp& value) -> std::optional<FieldError> {
      if (value.role != "admin" || value.age) return std::nullopt;
      return FieldError{"", "An administrator has an age"};
    });
  }
};
BOOST_DESCRIBE_STRUCT(SignUp, (), (email, password, age, role, address, tags))

struct Texts {
  std::optional<std::string> id, home, link, code, path, name, nick, kind, mail;
};
BOOST_DESCRIBE_STRUCT(Texts, (), (id, home, link, code, path, name, nick, kind, mail))

// Rules can also be defined beside a struct.
void rules(Schema<Texts>& of) {
  of.strict();
  of[&Texts::id].uuid();
  of[&Texts::home].url("No link");
  of[&Texts::link].url();
  of[&Texts::code].regex(R"(^[A-Z]{2}\/\d+$)");
  of[&Texts::path].starts_with("/").ends_with(".js").includes("api");
  of[&Texts::name].min(3).message("Say your name").nullable();
  of[&Texts::nick].max(3, "Too long");
  of[&Texts::kind].one_of({"only"});
  of[&Texts::mail].email();
}

struct Numbers {
  std::optional<int> byte;
  std::optional<unsigned> count;
  std::optional<double> ratio, step, whole;
  std::optional<int> level;
  std::optional<double> debt, gain;
  static void rules(Schema<Numbers>& of) {
    of[&Numbers::byte].min(0).max(255);
    of[&Numbers::ratio].positive().max(1.5);
    of[&Numbers::step].multiple_of(0.1);
    of[&Numbers::whole].integer();
    of[&Numbers::level].one_of({1, 2, 3});
    of[&Numbers::debt].negative();
    of[&Numbers::gain].nonnegative();
  }
};
BOOST_DESCRIBE_STRUCT(Numbers, (), (byte, count, ratio, step, whole, level, debt, gain))

enum class Color { red, green };
BOOST_DESCRIBE_ENUM(Color, red, green)

struct Coordinate {
  double x = 0;
  static void rules(Schema<Coordinate>& of) { of[&Coordinate::x].min(1); }
};
BOOST_DESCRIBE_STRUCT(Coordinate, (), (x))

struct Strict {
  std::string a;
  static void rules(Schema<Strict>& of) { of.strict(); }
};
BOOST_DESCRIBE_STRUCT(Strict, (), (a))

struct Group {
  Strict strict;
  std::vector<std::vector<int>> list;
};
BOOST_DESCRIBE_STRUCT(Group, (), (strict, list))

struct Shapes {
  bool flag = true;
  Color color = Color::green;
  std::vector<std::string> names = {"a"};
  std::optional<std::map<std::string, double>> marks;
  std::optional<std::vector<std::optional<double>>> holes;
  std::optional<std::vector<bool>> pair;
  std::optional<std::variant<std::string, double, Coordinate>> either;
  std::optional<millrace::json::value> any;
  std::optional<Group> nested;
  static void rules(Schema<Shapes>& of) {
    of[&Shapes::flag].defaulted();
    of[&Shapes::color].defaulted();
    of[&Shapes::names].nonempty().defaulted().each().min(1);
    of[&Shapes::pair].length(2);
    of[&Shapes::nested].message("No group");
  }
};
BOOST_DESCRIBE_STRUCT(Shapes, (), (flag, color, names, marks, holes, pair, either, any, nested))

struct Plain {
  double x = 0;
};
BOOST_DESCRIBE_STRUCT(Plain, (), (x))

struct Required {
  std::string text;
  double number = 0;
  int integer = 0;
  bool flag = false;
  std::vector<std::string> list;
  std::map<std::string, std::string> map;
  Color color = Color::red;
  Plain object;
  millrace::json::value any;
};
BOOST_DESCRIBE_STRUCT(Required, (), (text, number, integer, flag, list, map, color, object, any))

struct Form {
  std::string name;
  int age = 0;
  std::optional<double> ratio;
  std::optional<std::vector<std::string>> tags;
  static void rules(Schema<Form>& of) {
    of[&Form::name].trim().min(1);
    of[&Form::age].min(18);
    of[&Form::ratio].max(1);
    of[&Form::tags].each().min(2);
  }
};
BOOST_DESCRIBE_STRUCT(Form, (), (name, age, ratio, tags))

/// The result in the format of a case.
template <class T>
millrace::json::object result_of(const millrace::Parsed<T>& parsed) {
  if (parsed) return {{"value", millrace::to_json_text(*parsed)}};
  millrace::json::array paths;
  for (const auto& issue : parsed.errors().issues()) {
    paths.push_back(millrace::to_json(issue.path));
  }
  return {{"flat", parsed.errors().flatten()}, {"paths", std::move(paths)}};
}

using Entries = std::vector<std::pair<std::string, std::string>>;

millrace::json::object judge(std::string_view schema, std::string_view text) {
  if (schema == "signUp") return result_of(millrace::parse<SignUp>(text));
  if (schema == "texts") return result_of(millrace::parse<Texts>(text));
  if (schema == "numbers") return result_of(millrace::parse<Numbers>(text));
  if (schema == "shapes") return result_of(millrace::parse<Shapes>(text));
  return result_of(millrace::parse<Required>(text));
}

millrace::json::array recorded() {
  std::ifstream file(MILLRACE_ZOD_CASES);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return millrace::json::parse(text).as_array();
}

}  // namespace

TEST(ZodCases, MatchZod) {
  const millrace::json::array cases = recorded();
  ASSERT_GT(cases.size(), 200U);
  for (const auto& value : cases) {
    millrace::json::object expected = value.as_object();
    if (expected.contains("pattern")) continue;
    const std::string schema(expected["schema"].as_string());
    millrace::json::object actual;
    if (expected.contains("form")) {
      actual =
          result_of(millrace::parse<Form>(millrace::json::value_to<Entries>(expected["form"])));
    } else {
      actual = judge(schema, expected["text"].as_string());
    }
    for (const char* name : {"schema", "text", "form"}) expected.erase(name);
    EXPECT_TRUE(actual == expected) << "for  " << millrace::to_json_text(value) << "\nactual "
                                    << millrace::to_json_text(actual);
  }
}

TEST(ZodCases, PatternsMatchAsInJavaScript) {
  std::size_t count = 0;
  for (const auto& value : recorded()) {
    if (!value.as_object().contains("pattern")) continue;
    ++count;
    const millrace::Pattern pattern(value.at("pattern").as_string());
    EXPECT_EQ(pattern.shown(), value.at("shown").as_string()) << millrace::to_json_text(value);
    const bool matches = value.at("matches").as_bool();
    EXPECT_EQ(pattern.occurs_in(value.at("text").as_string()),
              matches ? millrace::Pattern::Occurs::yes : millrace::Pattern::Occurs::no)
        << millrace::to_json_text(value);
  }
  EXPECT_GT(count, 100U);
}
