#include "routing/locales.hpp"

#include <gtest/gtest.h>

namespace millrace::routing {
namespace {

project::ProjectConfig config() {
  project::ProjectConfig config;
  config.i18n = project::Locales{
      .locales = {"en", "fr", "nl-NL", "nl-BE"},
      .default_locale = "en",
      .domains = {{.domain = "example.nl", .default_locale = "nl-NL", .locales = {"nl-BE"}},
                  {.domain = "example.fr", .default_locale = "fr", .locales = {}, .http = true}}};
  return config;
}

std::string redirect(const project::ProjectConfig& config, std::string_view target,
                     std::string fields, std::string_view host = "localhost:3000") {
  fields.append("Host: ").append(host).append("\r\n");
  return locale_redirect(config, target, fields).value_or("none");
}

TEST(Locales, PathNamesALocaleInAnyCase) {
  const auto locales = *config().i18n;
  EXPECT_EQ(locale_in("/fr", locales), "fr");
  EXPECT_EQ(locale_in("/NL-nl/about", locales), "nl-NL");
  EXPECT_EQ(locale_in("/french", locales), "");
  EXPECT_EQ(locale_in("/", locales), "");
  EXPECT_EQ(without_locale("/fr"), "/");
  EXPECT_EQ(without_locale("/fr/a/b"), "/a/b");
}

TEST(Locales, DomainHasItsOwnDefault) {
  const auto locales = *config().i18n;
  EXPECT_EQ(default_locale(locales, "Host: EXAMPLE.nl:80\r\n"), "nl-NL");
  EXPECT_EQ(default_locale(locales, "Host: other.nl\r\n"), "en");
  EXPECT_EQ(default_locale(locales, ""), "en");
}

TEST(Locales, HomePageIsRedirectedToThePreferredLocale) {
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: fr\r\n"), "/fr");
  EXPECT_EQ(redirect(config(), "/?a=%20b&c", "Accept-Language: nl\r\n"), "/nl-NL?a=%20b&c");
  EXPECT_EQ(redirect(config(), "/index", "Accept-Language: fr\r\n"), "/fr");
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: en;q=0.1\r\nAccept-Language: fr\r\n"), "/fr");
}

TEST(Locales, CookiePrecedesTheField) {
  EXPECT_EQ(redirect(config(), "/", "Cookie: a=b; NEXT_LOCALE=FR\r\nAccept-Language: nl\r\n"),
            "/fr");
  EXPECT_EQ(redirect(config(), "/", "Cookie: NEXT_LOCALE=en\r\nAccept-Language: fr\r\n"), "none");
  EXPECT_EQ(redirect(config(), "/", "Cookie: NEXT_LOCALE=xx\r\nAccept-Language: fr\r\n"), "/fr");
}

TEST(Locales, OtherRequestsAreServedWhereTheyAre) {
  EXPECT_EQ(redirect(config(), "/", ""), "none");
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: en, fr;q=0.5\r\n"), "none");
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: de\r\n"), "none");
  for (const std::string_view target : {"/about", "/fr", "/en", "/api/x", "/index/a", "/%2f"}) {
    EXPECT_EQ(redirect(config(), target, "Accept-Language: fr\r\n"), "none") << target;
  }
}

TEST(Locales, DetectionCanBeOff) {
  auto off = config();
  off.i18n->detection = false;
  EXPECT_EQ(redirect(off, "/", "Accept-Language: fr\r\n"), "none");
  EXPECT_EQ(redirect(project::ProjectConfig(), "/", "Accept-Language: fr\r\n"), "none");
}

TEST(Locales, DomainOfThePreferredLocaleIsRedirectedTo) {
  EXPECT_EQ(redirect(config(), "/?a", "Accept-Language: fr\r\n", "example.nl"),
            "http://example.fr/");
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: nl-BE\r\n", "example.fr"),
            "https://example.nl/nl-BE");
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: nl-BE\r\n", "example.nl"),
            "https://example.nl/nl-BE");
  EXPECT_EQ(redirect(config(), "/", "Accept-Language: nl-NL\r\n", "example.nl"), "none");
  // A domain's own default precedes the cookie.
  EXPECT_EQ(redirect(config(), "/", "Cookie: NEXT_LOCALE=en\r\n", "example.fr"), "none");
}

TEST(Locales, BasePathAndTrailingSlashAreKept) {
  auto based = config();
  based.base_path = "/docs";
  based.trailing_slash = true;
  EXPECT_EQ(redirect(based, "/docs", "Accept-Language: fr\r\n"), "/docs/fr/");
  EXPECT_EQ(redirect(based, "/docs/?a=b", "Accept-Language: fr\r\n"), "/docs/fr/?a=b");
  EXPECT_EQ(redirect(based, "/", "Accept-Language: fr\r\n"), "/docs/fr/");
  EXPECT_EQ(redirect(based, "/documents", "Accept-Language: fr\r\n"), "none");
}

TEST(Locales, FilesAreServedBelowDefaultLocales) {
  const auto locales = *config().i18n;
  EXPECT_TRUE(serves_files(locales, "en"));
  EXPECT_TRUE(serves_files(locales, "fr"));
  EXPECT_FALSE(serves_files(locales, "nl-BE"));
}

}  // namespace
}  // namespace millrace::routing
