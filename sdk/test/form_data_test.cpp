#include "millrace/form_data.hpp"

#include <gmock/gmock.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kMultipart = "multipart/form-data; boundary=XX";
constexpr const char* kUrlencoded = "application/x-www-form-urlencoded";

std::string part(const std::string& head, const std::string& body) {
  return "--XX\r\n" + head + "\r\n\r\n" + body + "\r\n";
}

std::string field(const std::string& name, const std::string& value) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", value);
}

std::optional<FormData> parse(const std::string& parts) {
  return parse_form_data(kMultipart, parts + "--XX--\r\n");
}

/// The entries of a form with one part of that head, as "name=value" or "name=filename:type:bytes".
std::string only(const std::string& head, const std::string& body = "1") {
  const auto form = parse(part(head, body));
  if (!form) return "malformed";
  if (form->entries().size() != 1) return "not one";
  const FormEntry& entry = form->entries()[0];
  if (!entry.is_file()) return entry.name + "=" + std::string(entry.value);
  return entry.name + "=" + *entry.filename + ":" + entry.type + ":" + std::string(entry.value);
}

std::string with_attributes(const std::string& attributes) {
  return only("Content-Disposition: form-data; " + attributes);
}

std::string with_field(const std::string& line) {
  return only("Content-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n" + line);
}

TEST(Multipart, ReturnsFieldsAndFilesByNameInOrder) {
  const auto form = parse(field("a", "1") + field("b", "2") + field("a", "3") +
                          part("Content-Disposition: form-data; name=\"a\"; "
                               "filename=\"x.txt\"\r\nContent-Type: text/html",
                               "<b>") +
                          part("Content-Disposition: form-data; name=\"up\"; filename=\"y.bin\"",
                               std::string("\0\r\n\xFF-", 5)));
  ASSERT_TRUE(form);
  EXPECT_EQ(form->get("a"), "1");
  EXPECT_THAT(form->all("a"), ElementsAre("1", "3"));
  EXPECT_EQ(form->get("c"), std::nullopt);
  EXPECT_EQ(form->get("up"), std::nullopt);
  EXPECT_TRUE(form->has("b"));
  EXPECT_TRUE(form->has("up"));
  EXPECT_FALSE(form->has("c"));
  ASSERT_TRUE(form->file("a"));
  EXPECT_EQ(form->file("a")->filename, "x.txt");
  EXPECT_EQ(form->file("a")->type, "text/html");
  EXPECT_EQ(form->file("a")->value, "<b>");
  EXPECT_FALSE(form->file("b"));
  EXPECT_EQ(form->files("up").size(), 1U);
  EXPECT_EQ(form->file("up")->type, "text/plain");
  EXPECT_EQ(form->file("up")->value, std::string_view("\0\r\n\xFF-", 5));
  EXPECT_EQ(form->entries().size(), 5U);
  EXPECT_EQ(form->entries()[1].name, "b");
}

TEST(Multipart, DoesNotCopyTheBytesOfFiles) {
  std::string body = part("Content-Disposition: form-data; name=\"f\"; filename=\"x\"",
                          std::string(100'000, 'x')) +
                     "--XX--";
  const char* const begin = body.data();
  const std::size_t size = body.size();
  const auto form = parse_form_data(kMultipart, std::move(body));
  ASSERT_TRUE(form);
  EXPECT_GE(form->file("f")->value.data(), begin);
  EXPECT_LT(form->file("f")->value.data(), begin + size);
}

TEST(Multipart, ValuesOutliveMovesAndOriginals) {
  FormData copy;
  {
    // Short enough for the inline buffer of std::string.
    auto form = parse_form_data("application/x-www-form-urlencoded", "a=1&b=%FF");
    ASSERT_TRUE(form);
    const FormData moved = *std::move(form);
    copy = moved;
  }
  EXPECT_EQ(copy.get("a"), "1");
  EXPECT_EQ(copy.get("b"), "\xEF\xBF\xBD");
}

TEST(Multipart, EndsAtTheLastBoundary) {
  for (const std::string end : {"--XX--\r\n", "--XX--", "--XX--junk", "--XX--\r\n\r\nepilogue"}) {
    const auto form = parse_form_data(kMultipart, field("a", "1") + end);
    ASSERT_TRUE(form) << end;
    EXPECT_EQ(form->entries().size(), 1U) << end;
  }
  EXPECT_THAT(parse_form_data(kMultipart, "--XX--")->entries(), IsEmpty());
}

TEST(Multipart, RejectsABodyWithoutALastBoundary) {
  for (const std::string end : {"", "--XX", "--XX-", "--XX\r\n", "--XXa", "--XX \r\n"}) {
    EXPECT_FALSE(parse_form_data(kMultipart, field("a", "1") + end)) << end;
  }
  EXPECT_FALSE(parse_form_data(kMultipart, ""));
  EXPECT_FALSE(parse_form_data(kMultipart, "--X"));
  EXPECT_FALSE(
      parse_form_data(kMultipart, "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n"));
  EXPECT_FALSE(parse_form_data(kMultipart, "--XX\r\nContent-Disposition: form-data; name=\"a\""));
  EXPECT_FALSE(parse_form_data(kMultipart, "--XX\r\n\r\n"));
}

TEST(Multipart, IgnoresThePreamble) {
  EXPECT_EQ(parse("hello\r\n" + field("a", "1"))->get("a"), "1");
  EXPECT_EQ(parse("\r\n" + field("a", "1"))->get("a"), "1");
}

TEST(Multipart, KeepsTextThatResemblesABoundary) {
  EXPECT_EQ(parse(field("a", "--XX--\n--XX\r\n--X"))->get("a"), "--XX--\n--XX\r\n--X");
  EXPECT_EQ(parse(field("a", "x\ny\rz\r\nw"))->get("a"), "x\ny\rz\r\nw");
  EXPECT_EQ(parse(field("a", ""))->get("a"), "");
  // The longer boundary belongs to another body.
  EXPECT_FALSE(parse(field("a", "\r\n--XXYY\r\n")));
  // The empty line that ends the head does not belong to a boundary.
  EXPECT_FALSE(
      parse_form_data(kMultipart, "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--"));
}

TEST(Multipart, UnescapesNamesAsBrowsersEscapeThem) {
  EXPECT_EQ(with_attributes("name=\"a%22b%0D%0ac%41\""), "a\"b\r\nc%41=1");
  EXPECT_EQ(with_attributes("name=\"a\"; filename=\"100%.txt%2\""), "a=100%.txt%2:text/plain:1");
  EXPECT_EQ(with_attributes("name=\"a\xFF\""), "a\xEF\xBF\xBD=1");
  EXPECT_EQ(with_attributes("name=\"a\"; filename=\"..\\x\""), "a=..\\x:text/plain:1");
}

TEST(Multipart, ReadsAttributesInAnyOrder) {
  EXPECT_EQ(with_attributes("filename=\"f\"; name=\"a\""), "a=f:text/plain:1");
  EXPECT_EQ(with_attributes("foo=\"x;y\"; NAME=a"), "a=1");
  EXPECT_EQ(with_attributes("name=\"a\"; name=\"b\";"), "b=1");
  EXPECT_EQ(with_attributes("name=\"a\" ; filename=\"\""), "a=:text/plain:1");
  EXPECT_EQ(with_attributes("name=a; filename=b c"), "a=b:text/plain:1");
  EXPECT_EQ(with_attributes("name="), "=1");
}

TEST(Multipart, PrefersExtendedFilenames) {
  EXPECT_EQ(with_attributes("name=\"a\"; filename=\"x\"; filename*=UTF-8''%e2%82%ac.txt"),
            "a=€.txt:text/plain:1");
  EXPECT_EQ(with_attributes("name=\"a\"; filename*=utf-8'en'y; filename=\"x\""),
            "a=y:text/plain:1");
  EXPECT_EQ(with_attributes("name=\"a\"; filename*=iso-8859-1''%e2"), "malformed");
  EXPECT_EQ(with_attributes("name=\"a\"; filename*=utf-8''%zz"), "malformed");
  EXPECT_EQ(with_attributes("name=\"a\"; filename*=utf-8''%ff"), "malformed");
  EXPECT_EQ(with_attributes("name=\"a\"; filename*=utf-8"), "malformed");
}

TEST(Multipart, RejectsPartsWithoutAName) {
  EXPECT_EQ(with_attributes("filename=\"f\""), "malformed");
  EXPECT_EQ(with_attributes(""), "malformed");
  EXPECT_EQ(only("Content-Disposition: form-data"), "malformed");
  EXPECT_EQ(only("Content-Disposition: form-datax; name=\"a\""), "malformed");
  EXPECT_EQ(only("Content-Disposition: attachment; name=\"a\""), "malformed");
  EXPECT_EQ(only("Content-Type: text/plain"), "malformed");
  EXPECT_FALSE(parse_form_data(kMultipart, "--XX\r\n\r\n1\r\n--XX--"));
}

TEST(Multipart, RejectsMalformedAttributes) {
  for (const std::string attributes :
       {"name=\"a", "name", "name=\"a\"; foo; filename=b", "name=\"a\\\"b\"", "name=\"a\"b",
        "name=\"a\";; filename=b", "=a", "name=\"a\r\nb\"", "name=\"a\nb\"", "name =\"a\""}) {
    EXPECT_EQ(with_attributes(attributes), "malformed") << attributes;
  }
}

TEST(Multipart, RejectsMalformedFields) {
  for (const std::string line : {"foo", "fo o: x", ": x", "X: y\nZ: a"}) {
    EXPECT_EQ(with_field(line), "malformed") << line;
  }
  EXPECT_FALSE(parse_form_data(kMultipart,
                               "--XX\nContent-Disposition: form-data; name=\"a\"\n\n1\n--XX--\n"));
}

TEST(Multipart, NormalisesTheTypeAsBlobDoes) {
  EXPECT_EQ(with_field("content-TYPE:  Text/HTML; Charset=UTF-8  "),
            "a=f:text/html; charset=utf-8:1");
  EXPECT_EQ(with_field("Content-Type: nonsense"), "a=f:nonsense:1");
  EXPECT_EQ(with_field("Content-Type:"), "a=f::1");
  EXPECT_EQ(with_field("Content-Type: a/\xC3\xA9"), "a=f::1");
  EXPECT_EQ(with_field("X-Other: 1\r\nContent-Length: 7"), "a=f:text/plain:1");
}

TEST(Multipart, ReadsFieldsAsUtf8) {
  EXPECT_EQ(parse(field("a", "\xFF€"))->get("a"), "\xEF\xBF\xBD€");
  EXPECT_EQ(only("Content-Disposition: form-data; name=a\r\nContent-Type: text/plain; "
                 "charset=iso-8859-1",
                 "\xE9"),
            "a=\xEF\xBF\xBD");
}

TEST(Multipart, DecodesBase64InPlace) {
  const auto decoded = [](const std::string& body) {
    return only("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64",
                body);
  };
  EXPECT_EQ(decoded("aGVsbG8="), "a=hello");
  EXPECT_EQ(decoded("aGVs\r\nbG8"), "a=hello");
  EXPECT_EQ(decoded("aG*Vs=bG8="), "a=hel");
  EXPECT_EQ(decoded("aGVsbG8x4"), "a=hello1");
  EXPECT_EQ(decoded("-_"), "a=\xEF\xBF\xBD");
  EXPECT_EQ(decoded(""), "a=");
  const auto next = parse(
      part("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64", "aGVs") +
      field("b", "2"));
  EXPECT_EQ(next->get("b"), "2");
}

TEST(Multipart, LimitsTheNumberOfParts) {
  const std::string body = field("a", "1") + field("a", "2") + "--XX--";
  EXPECT_TRUE(parse_form_data(kMultipart, body, 2));
  EXPECT_FALSE(parse_form_data(kMultipart, body, 1));
  std::string many;
  for (std::size_t i = 0; i <= kMaxFormEntries; ++i) many += field("a", "");
  EXPECT_FALSE(parse(many));
}

TEST(Multipart, FindsTheBoundaryInTheContentType) {
  const auto with_type = [](const std::string& type, const std::string& boundary) {
    return parse_form_data(type, "--" + boundary + "--").has_value();
  };
  EXPECT_TRUE(with_type("multipart/form-data; boundary=\"XX\"", "XX"));
  EXPECT_TRUE(with_type("Multipart/Form-Data ; charset=utf-8;BOUNDARY=XX ; x", "XX"));
  EXPECT_TRUE(with_type("multipart/form-data; boundary=XX; boundary=YY", "XX"));
  EXPECT_TRUE(with_type("multipart/form-data; a=\"; boundary=YY\"; boundary=X:X", "X:X"));
  EXPECT_TRUE(with_type("multipart/form-data; boundary=\"X\\\"X \"", "X\"X "));
  EXPECT_TRUE(with_type("multipart/form-data; boundary=\"XX", "XX"));
  EXPECT_FALSE(with_type("multipart/form-data", ""));
  EXPECT_FALSE(with_type("multipart/form-data; boundary=", ""));
  EXPECT_FALSE(with_type("multipart/form-data; boundary=\"\"", ""));
  EXPECT_FALSE(
      with_type("multipart/form-data; boundary=" + std::string(257, 'x'), std::string(257, 'x')));
  EXPECT_FALSE(with_type("multipart/form-data, x; boundary=XX", "XX"));
}

TEST(Urlencoded, DecodesAsURLSearchParams) {
  const auto form = parse_form_data(kUrlencoded, "a=1&b=%FF+x&&c&a=2=%zz");
  ASSERT_TRUE(form);
  EXPECT_THAT(form->all("a"), ElementsAre("1", "2=%zz"));
  EXPECT_EQ(form->get("b"), "\xEF\xBF\xBD x");
  EXPECT_EQ(form->get("c"), "");
  EXPECT_EQ(form->entries().size(), 4U);
  EXPECT_FALSE(form->file("a"));
}

TEST(Urlencoded, IsChosenByTheContentType) {
  EXPECT_TRUE(parse_form_data("APPLICATION/x-www-form-urlencoded ;x", "a=1")->has("a"));
  EXPECT_EQ(parse_form_data(std::string(kUrlencoded) + "; charset=iso-8859-1", "a=%E9")->get("a"),
            "\xEF\xBF\xBD");
  EXPECT_THAT(parse_form_data(kUrlencoded, "")->entries(), IsEmpty());
  for (const std::string type :
       {"", "application/json", "application/x-www-form-urlencoded2", ";"}) {
    EXPECT_FALSE(parse_form_data(type, "a=1")) << type;
  }
}

TEST(Urlencoded, LimitsTheNumberOfEntries) {
  EXPECT_TRUE(parse_form_data(kUrlencoded, "a&b&&", 2));
  EXPECT_FALSE(parse_form_data(kUrlencoded, "a&b&c", 2));
}

}  // namespace
}  // namespace millrace
