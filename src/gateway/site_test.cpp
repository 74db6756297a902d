// How a site is made, and the responses that its build prerendered.
#include "gateway/site.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "gateway/testing/test_site.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

std::shared_ptr<const Site> made(project::Manifest manifest,
                                 const std::filesystem::path& root = "/nowhere") {
  return std::make_shared<const Site>(1, std::move(manifest), nullptr, root, root, false);
}

TEST(Site, HasNoRulesIfTheProjectHasNone) {
  const auto site = made({});
  EXPECT_FALSE(site->rules.has_value());
  EXPECT_EQ(site->failure, "");
}

TEST(Site, ReadsPathRulesFromTheConfiguration) {
  project::Manifest manifest;
  manifest.config.base_path = "/docs";
  manifest.config.trailing_slash = true;
  manifest.config.skip_trailing_slash_redirect = true;
  manifest.routes = {route_at("/api/a")};
  const auto site = made(std::move(manifest));
  EXPECT_EQ(site->path_rules.base_path, "/docs");
  EXPECT_TRUE(site->path_rules.trailing_slash);
  EXPECT_TRUE(site->path_rules.skip_trailing_slash_redirect);
  routing::Match match;
  EXPECT_TRUE(site->matcher.match("/api/a", match));
}

TEST(Site, FailsForAnInvalidRule) {
  project::Manifest manifest;
  manifest.rules.headers.emplace_back();
  manifest.rules.headers[0].source = "/h";
  manifest.rules.headers[0].regex = "(";
  EXPECT_NE(made(std::move(manifest))->failure.find("the rule for /h"), std::string::npos);
}

TEST(Site, FailsIfItsFilesCannotBeListed) {
  const project::TestFolder folder;
  std::filesystem::create_symlink("public", folder.path() / "public");
  EXPECT_NE(made({}, folder.path())->failure.find("cannot list "), std::string::npos);
}

TEST(Site, MakesEtagsUnlessTheProjectDisablesThem) {
  project::Manifest manifest;
  EXPECT_EQ(made(manifest)->file_etags(), FileResponse::Etag::generated);
  manifest.config.generate_etags = false;
  EXPECT_EQ(made(manifest)->file_etags(), FileResponse::Etag::none);
}

TEST(Site, BrokenHasAReasonAndServesNothing) {
  const auto site = Site::broken("it does not compile");
  EXPECT_EQ(site->failure, "it does not compile");
  EXPECT_EQ(site->generation, 0U);
  EXPECT_FALSE(site->public_files.find("/etc/passwd"));
  routing::Match match;
  EXPECT_FALSE(site->matcher.match("/", match));
}

class SiteFilesTest : public testing::Test {
 protected:
  SiteFilesTest() {
    folder_.write("public/a.txt");
    folder_.write("public/_next/static/own.txt");
    folder_.write("build/static/media/b.png");
  }

  [[nodiscard]] std::shared_ptr<const Site> site(bool live, std::string base_path = {}) const {
    project::Manifest manifest;
    manifest.config.base_path = std::move(base_path);
    return std::make_shared<const Site>(1, std::move(manifest), nullptr, folder_.path(),
                                        folder_.path() / "build", live);
  }

  project::TestFolder folder_;
};

TEST_F(SiteFilesTest, AreFoundInTheBuildAndInPublic) {
  for (const bool live : {false, true}) {
    const auto found = [served = site(live)](std::string_view path) {
      const auto file = served->find_file(path);
      return file ? file->path.filename().string() : "none";
    };
    EXPECT_EQ(found("/_next/static/media/b.png"), "b.png");
    EXPECT_EQ(found("/a.txt"), "a.txt");
    EXPECT_EQ(found("/_next/static/own.txt"), "own.txt");
    EXPECT_EQ(found("/media/b.png"), "none");
    EXPECT_EQ(found("/_next/staticmedia/b.png"), "none");
    EXPECT_EQ(found("/_next/static/media/c.png"), "none");
    EXPECT_EQ(found("/_next/static"), "none");
  }
}

TEST_F(SiteFilesTest, OfTheBuildAreImmutableAndThoseOfPublicAreRevalidated) {
  using Caching = FileResponse::Caching;
  EXPECT_EQ(site(false)->find_file("/_next/static/media/b.png")->caching, Caching::immutable);
  EXPECT_EQ(site(true)->find_file("/_next/static/media/b.png")->caching, Caching::development);
  EXPECT_EQ(site(false)->find_file("/a.txt")->caching, Caching::revalidate);
}

TEST_F(SiteFilesTest, OfOtherBuildsAreServedBesideThoseOfTheSite) {
  for (const std::string name : {"1-a", "2-b"}) {
    std::string build = ".millrace/builds/";
    build.append(name).append("/");
    folder_.write(build + "manifest.json", "{}");
    build.append("static/").append(name).append(".js");
    folder_.write(build);
  }
  EXPECT_EQ(site(false)->find_file("/_next/static/1-a.js")->caching,
            FileResponse::Caching::immutable);
  EXPECT_TRUE(site(false)->find_file("/_next/static/2-b.js", "1-a"));
  EXPECT_FALSE(site(true)->find_file("/_next/static/1-a.js"));
}

TEST_F(SiteFilesTest, OfTheBuildAreRecognisedWithAndWithoutTheBasePath) {
  for (const std::string base_path : {"", "/docs"}) {
    const auto served = site(false, base_path);
    EXPECT_TRUE(served->is_for_build_file("/_next/static/x"));
    EXPECT_TRUE(served->is_for_build_file(base_path + "/_next/static/x?y"));
    EXPECT_FALSE(served->is_for_build_file(base_path + "/_next/static"));
    EXPECT_FALSE(served->is_for_build_file(base_path + "/_next/staticx"));
    EXPECT_FALSE(served->is_for_build_file(base_path + "/a.txt"));
    EXPECT_FALSE(served->is_for_build_file("/other/_next/static/x"));
  }
}

class PrerenderedTest : public testing::Test {
 protected:
  [[nodiscard]] PrerenderedResponses responses(std::string_view fields, std::int64_t built_at = 0) {
    project::Manifest manifest;
    manifest.built_at = built_at;
    manifest.prerendered = {{.route = 3,
                             .parameters = "a b",
                             .status = 203,
                             .fields = std::string(fields),
                             .body = "bodies/1"}};
    return {manifest, folder_.path()};
  }

  static std::int64_t milliseconds_ago(std::chrono::milliseconds time) {
    const auto then = std::chrono::system_clock::now() - time;
    return std::chrono::duration_cast<std::chrono::milliseconds>(then.time_since_epoch()).count();
  }

  project::TestFolder folder_;
};

TEST_F(PrerenderedTest, AreNamedByRouteAndParameters) {
  EXPECT_EQ(response_key(3, "a b"), "3 a b\n");
  EXPECT_EQ(response_key(12, ""), "12 \n");
  const PrerenderedResponses known = responses({});
  EXPECT_TRUE(known.has(response_key(3, "a b")));
  for (const std::string& other :
       {response_key(3, "a"), response_key(3, ""), response_key(2, "a b"), std::string()}) {
    EXPECT_FALSE(known.has(other)) << other;
    EXPECT_EQ(known.read(other), nullptr) << other;
  }
}

TEST_F(PrerenderedTest, AreReadWithStatusFieldsAndBody) {
  folder_.write("bodies/1", std::string_view("bo\0dy", 5));
  const auto response =
      responses("X-A: b\r\nx-millrace-revalidate: 60\r\n").read(response_key(3, "a b"));
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(response->status, 203);
  EXPECT_EQ(response->fields, "X-A: b\r\n");
  EXPECT_EQ(response->body, std::string_view("bo\0dy", 5));
  EXPECT_EQ(response->lifetime.revalidate, std::chrono::seconds(60));
  EXPECT_TRUE(response->keep);
}

TEST_F(PrerenderedTest, MayHaveNoBytes) {
  folder_.write("bodies/1");
  const auto response = responses({}).read(response_key(3, "a b"));
  ASSERT_NE(response, nullptr);
  EXPECT_EQ(response->body, "");
}

TEST_F(PrerenderedTest, AreAbsentIfTheFileCannotBeRead) {
  EXPECT_EQ(responses({}).read(response_key(3, "a b")), nullptr);
  std::filesystem::create_directories(folder_.path() / "bodies/1");
  EXPECT_EQ(responses({}).read(response_key(3, "a b")), nullptr);
}

TEST_F(PrerenderedTest, AreOmittedIfTheirFieldsAreInvalid) {
  folder_.write("bodies/1", "body");
  for (const std::string_view fields : {"no colon\r\n", "X-A: b", "X A: b\r\n", "X-A: b\nc\r\n"}) {
    EXPECT_FALSE(responses(fields).has("3 a b")) << fields;
  }
}

TEST_F(PrerenderedTest, HaveTheAgeOfTheBuild) {
  folder_.write("bodies/1", "body");
  const auto built_at = milliseconds_ago(std::chrono::hours(1));
  const auto response = responses({}, built_at).read(response_key(3, "a b"));
  const auto age = cache::Clock::now() - response->made;
  EXPECT_GE(age, std::chrono::hours(1));
  EXPECT_LT(age, std::chrono::hours(2));
  EXPECT_EQ(response->begun, response->made);
}

TEST_F(PrerenderedTest, FromTheFutureHaveNoAge) {
  folder_.write("bodies/1", "body");
  const auto ahead =
      responses({}, milliseconds_ago(-std::chrono::hours(1))).read(response_key(3, "a b"));
  EXPECT_LE(ahead->made, cache::Clock::now());
}

}  // namespace
}  // namespace millrace::gateway
