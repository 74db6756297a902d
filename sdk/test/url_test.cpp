#include "millrace/url.hpp"

#include <gmock/gmock.h>

#include <memory>
#include <string>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

const std::string kReplacement = "\xEF\xBF\xBD";

TEST(QueryParameters, FindsTheFirstAndAll) {
  const QueryParameters query("?a=1&b=2&a=3&empty=&bare");
  EXPECT_EQ(query.get("a"), "1");
  EXPECT_THAT(query.all("a"), ElementsAre("1", "3"));
  EXPECT_EQ(query.get("empty"), "");
  EXPECT_EQ(query.get("bare"), "");
  EXPECT_EQ(query.get("A"), std::nullopt);
  EXPECT_TRUE(query.has("b"));
  EXPECT_FALSE(query.has("c"));
  EXPECT_THAT(query.all("c"), IsEmpty());
}

TEST(QueryParameters, KeepsTheOrder) {
  EXPECT_THAT(QueryParameters("b=2&&a=1&=x&c=1=2").entries(),
              ElementsAre(Pair("b", "2"), Pair("a", "1"), Pair("", "x"), Pair("c", "1=2")));
  EXPECT_THAT(QueryParameters("").entries(), IsEmpty());
  EXPECT_THAT(QueryParameters("?").entries(), IsEmpty());
  EXPECT_THAT(QueryParameters("??a=1").entries(), ElementsAre(Pair("?a", "1")));
}

TEST(QueryParameters, Decodes) {
  EXPECT_THAT(QueryParameters("a+b=%E2%82%AC+%2B&%26=%3D").entries(),
              ElementsAre(Pair("a b", "€ +"), Pair("&", "=")));
}

TEST(QueryParameters, KeepsBadEscapes) {
  EXPECT_THAT(QueryParameters("a=%&b=%4&c=%zz&d=%%41").entries(),
              ElementsAre(Pair("a", "%"), Pair("b", "%4"), Pair("c", "%zz"), Pair("d", "%A")));
}

TEST(QueryParameters, RepairsInvalidUtf8) {
  // As with TextDecoder: one U+FFFD for the longest valid prefix of a sequence.
  EXPECT_EQ(QueryParameters("a=%FF").get("a"), kReplacement);
  EXPECT_EQ(QueryParameters("a=%E2%82x").get("a"), kReplacement + "x");
  EXPECT_EQ(QueryParameters("a=%ED%A0%80").get("a"), kReplacement + kReplacement + kReplacement);
  EXPECT_EQ(QueryParameters("a=%F0%9F%98").get("a"), kReplacement);
  EXPECT_EQ(QueryParameters("a=%C0%80").get("a"), kReplacement + kReplacement);
  EXPECT_EQ(QueryParameters("a=%F0%9F%98%80").get("a"), "\xF0\x9F\x98\x80");
}

TEST(EncodeQuery, EscapesAsURLSearchParams) {
  EXPECT_EQ(encode_query({{"a b", "1+1"}, {"€", "*-._~!'()"}, {"", ""}}),
            "a+b=1%2B1&%E2%82%AC=*-._%7E%21%27%28%29&=");
  EXPECT_EQ(encode_query({}), "");
}

TEST(EncodeQuery, IsTheInverse) {
  std::string all;
  for (int byte = 1; byte < 0x80; ++byte) all += static_cast<char>(byte);
  const QueryParameters::Entries entries = {{all, all}, {"x", "&=?#"}};
  EXPECT_EQ(QueryParameters(encode_query(entries)).entries(), entries);
}

TEST(Url, HasParts) {
  const Url url("https://example.com:8443/api/users?page=2&q=a+b");
  EXPECT_EQ(url.href(), "https://example.com:8443/api/users?page=2&q=a+b");
  EXPECT_EQ(url.protocol(), "https:");
  EXPECT_EQ(url.origin(), "https://example.com:8443");
  EXPECT_EQ(url.host(), "example.com:8443");
  EXPECT_EQ(url.hostname(), "example.com");
  EXPECT_EQ(url.port(), "8443");
  EXPECT_EQ(url.pathname(), "/api/users");
  EXPECT_EQ(url.search(), "?page=2&q=a+b");
  EXPECT_EQ(url.query().get("q"), "a b");
}

TEST(Url, MissingPartsAreEmpty) {
  const Url url("http://localhost/");
  EXPECT_EQ(url.port(), "");
  EXPECT_EQ(url.pathname(), "/");
  EXPECT_EQ(url.search(), "");
  EXPECT_THAT(url.query().entries(), IsEmpty());
  const Url bare("http://localhost/?");
  EXPECT_EQ(bare.search(), "");
  const Url nothing("");
  EXPECT_EQ(nothing.pathname(), "");
}

TEST(Url, KnowsAddressesInBrackets) {
  const Url url("http://[::1]:3000/x");
  EXPECT_EQ(url.hostname(), "[::1]");
  EXPECT_EQ(url.port(), "3000");
  const Url six("http://[::1]/x");
  EXPECT_EQ(six.hostname(), "[::1]");
  EXPECT_EQ(six.port(), "");
}

TEST(Url, DoesNotParseTheQueryAsAHost) {
  const Url url("http://a/b?next=http://c:1/d#e");
  EXPECT_EQ(url.host(), "a");
  EXPECT_EQ(url.pathname(), "/b");
  EXPECT_EQ(url.search(), "?next=http://c:1/d");
  const Url path("/only/a/path?x=://y");
  EXPECT_EQ(path.pathname(), "/only/a/path");
}

TEST(Url, CopiesOwnTheirText) {
  auto first = std::make_unique<Url>("http://localhost:3000/api?a=1");
  EXPECT_EQ(first->query().get("a"), "1");
  const Url copy = *first;
  first.reset();
  EXPECT_EQ(copy.host(), "localhost:3000");
  EXPECT_EQ(copy.query().get("a"), "1");
}

}  // namespace
}  // namespace millrace
