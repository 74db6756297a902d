// Where rules are found, and which misuse does not compile: the compiler is the test, so nothing
// runs here.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "millrace/form_data.hpp"
#include "millrace/url.hpp"
#include "millrace/validation.hpp"

namespace {

using millrace::Schema;
using millrace::detail::find_rules;
using millrace::detail::RulesPlace;

struct None {
  int a = 0;
};
BOOST_DESCRIBE_STRUCT(None, (), (a))
static_assert(find_rules<None>() == RulesPlace::nowhere);

struct Member {
  int a = 0;
  static void rules(Schema<Member>&) {}
};
BOOST_DESCRIBE_STRUCT(Member, (), (a))
static_assert(find_rules<Member>() == RulesPlace::member);

struct Generic {
  int a = 0;
  static void rules(auto& of) { of.strict(); }
};
BOOST_DESCRIBE_STRUCT(Generic, (), (a))
static_assert(find_rules<Generic>() == RulesPlace::member);

struct Template {
  int a = 0;
  template <class T>
  static void rules(Schema<T>& of) {
    of[&Template::a].min(1);
  }
};
BOOST_DESCRIBE_STRUCT(Template, (), (a))
static_assert(find_rules<Template>() == RulesPlace::member);

struct Beside {
  int a = 0;
};
BOOST_DESCRIBE_STRUCT(Beside, (), (a))
[[maybe_unused]] void rules(Schema<Beside>&) {}
static_assert(find_rules<Beside>() == RulesPlace::beside);

struct NotStatic {
  int a = 0;
  void rules(Schema<NotStatic>&) {}
};
BOOST_DESCRIBE_STRUCT(NotStatic, (), (a))
static_assert(find_rules<NotStatic>() == RulesPlace::unusable);

struct Final final {
  int a = 0;
  void rules(Schema<Final>&) {}
};
BOOST_DESCRIBE_STRUCT(Final, (), (a))
static_assert(find_rules<Final>() == RulesPlace::unusable);

struct OfAnother {
  int a = 0;
  static void rules(Schema<None>&) {}
};
BOOST_DESCRIBE_STRUCT(OfAnother, (), (a))
static_assert(find_rules<OfAnother>() == RulesPlace::unusable);

class Private {
 public:
  int a = 0;

 private:
  [[maybe_unused]] static void rules(Schema<Private>&) {}
};
BOOST_DESCRIBE_STRUCT(Private, (), (a))
static_assert(find_rules<Private>() == RulesPlace::unusable);

/// For example those of a firewall.
struct Data {
  std::vector<std::string> rules;
};
BOOST_DESCRIBE_STRUCT(Data, (), (rules))
static_assert(find_rules<Data>() == RulesPlace::nowhere);
struct DataWithRules {
  std::vector<std::string> rules;
};
BOOST_DESCRIBE_STRUCT(DataWithRules, (), (rules))
[[maybe_unused]] void rules(Schema<DataWithRules>&) {}
static_assert(find_rules<DataWithRules>() == RulesPlace::beside);

struct OfMember : Member {};
BOOST_DESCRIBE_STRUCT(OfMember, (Member), ())
static_assert(find_rules<OfMember>() == RulesPlace::unusable);

struct OfBeside : Beside {};
BOOST_DESCRIBE_STRUCT(OfBeside, (Beside), ())
struct OfOfBeside : OfBeside {};
BOOST_DESCRIBE_STRUCT(OfOfBeside, (OfBeside), ())
static_assert(find_rules<OfBeside>() == RulesPlace::base);
static_assert(find_rules<OfOfBeside>() == RulesPlace::base);

struct OfTemplate : Template {};
BOOST_DESCRIBE_STRUCT(OfTemplate, (Template), ())
static_assert(find_rules<OfTemplate>() == RulesPlace::member);

struct WithOwn : Beside, Member {
  static void rules(Schema<WithOwn>&) {}
};
BOOST_DESCRIBE_STRUCT(WithOwn, (Beside, Member), ())
static_assert(find_rules<WithOwn>() == RulesPlace::member);

// No function returns a view into a temporary.
using millrace::FormData;
using millrace::Parsed;
using millrace::QueryParameters;
using millrace::Url;
using millrace::ValidationErrors;

template <class T>
concept Points = requires(T&& value) {
  std::forward<T>(value).operator->();
};
static_assert(Points<Parsed<None>&> && Points<const Parsed<None>&>);
static_assert(!Points<Parsed<None>> && !Points<const Parsed<None>>);
static_assert(std::is_same_v<decltype(*std::declval<Parsed<None>>()), None>);
static_assert(std::is_same_v<decltype(std::declval<Parsed<None>>().errors()), ValidationErrors>);
static_assert(!std::is_reference_v<decltype(std::declval<ValidationErrors>().issues())>);
static_assert(!std::is_reference_v<decltype(std::declval<QueryParameters>().entries())>);
static_assert(!std::is_reference_v<decltype(std::declval<FormData>().entries())>);
static_assert(
    std::is_same_v<decltype(std::declval<FormData&>().all("a")), std::vector<std::string>>);

template <class T>
concept Shows = requires(T&& url) {
  std::forward<T>(url).pathname();
}
|| requires(T&& url) { std::forward<T>(url).search(); }
|| requires(T&& url) { std::forward<T>(url).host(); }
|| requires(T&& url) { std::forward<T>(url).query(); };
static_assert(Shows<Url&> && Shows<const Url&> && !Shows<Url>);

}  // namespace

TEST(RulesPlace, ATemplateAppliesToDerivedStructs) {
  EXPECT_FALSE(millrace::parse<OfTemplate>(R"({"a":0})"));
  EXPECT_TRUE(millrace::parse<OfTemplate>(R"({"a":1})"));
  EXPECT_FALSE(millrace::parse<Generic>(R"({"a":0,"b":1})"));
}

TEST(FormData, ReturnsValuesThatOutliveIt) {
  const std::string type = "multipart/form-data; boundary=X";
  const auto form = [&type] {
    return millrace::parse_form_data(
        type,
        "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"n\"\r\n\r\nbytes\r\n"
        "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n--X--\r\n");
  };
  const auto file = form()->file("f");
  const auto text = form()->get("a");
  const auto all = (*form()).entries();
  EXPECT_EQ(file->value, "bytes");
  EXPECT_EQ(text, "text");
  EXPECT_EQ(all.at(1).value, "text");
}
