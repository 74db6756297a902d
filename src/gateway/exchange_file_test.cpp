// Requests for files of public/ and of the build.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "gateway/testing/test_exchange.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

constexpr std::size_t kLong = std::size_t{2} << 20U;

class ExchangeFileTest : public ExchangeTest {
 protected:
  ExchangeFileTest() {
    folder_.write("public/a.txt", "0123456789");
    folder_.write("public/long.bin", std::string(kLong, 'x'));
    folder_.write("public/empty.txt", "");
    folder_.write("public/api/7", "a file");
    plan_.root = folder_.path();
    serve();
  }

  TestClient& ask_for(std::string target, std::string_view fields) {
    return ask({.target = std::move(target), .fields = std::string(fields)});
  }

  project::TestFolder folder_;
};

TEST_F(ExchangeFileTest, IsSentWithItsTypeAndValidators) {
  TestClient& client = get("/a.txt");
  EXPECT_EQ(client.response(), "200 0123456789");
  EXPECT_EQ(client.declared_length, 10U);
  EXPECT_EQ(client.field("content-type"), "text/plain; charset=UTF-8");
  EXPECT_EQ(client.field("cache-control"), "public, max-age=0");
  EXPECT_NE(client.field("etag"), "");
  EXPECT_NE(client.field("last-modified"), "");
}

TEST_F(ExchangeFileTest, TakesPrecedenceOverARouteOfTheSamePath) {
  EXPECT_EQ(get("/api/7").response(), "200 a file");
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeFileTest, HasNoBodyForHead) {
  TestClient& client = ask({.method = "HEAD", .target = "/a.txt"});
  EXPECT_EQ(client.response(), "200");
  EXPECT_EQ(client.declared_length, 10U);
}

TEST_F(ExchangeFileTest, IsNotSentIfItsNameBeginsWithADot) {
  folder_.write("public/.hidden", "hidden");
  folder_.write("public/.well-known/.hidden", "hidden");
  folder_.write("public/.well-known/shown", "shown");
  serve();
  EXPECT_EQ(get("/.hidden").response().substr(0, 3), "400");
  EXPECT_EQ(get("/.well-known/.hidden").response().substr(0, 3), "400");
  EXPECT_EQ(get("/%2ehidden").response().substr(0, 3), "400");
  EXPECT_EQ(get("/.well-known/shown").response(), "200 shown");
  EXPECT_EQ(ask({.method = "POST", .target = "/.hidden"}).response().substr(0, 3), "405");
}

TEST_F(ExchangeFileTest, IsAbsentBehindALinkThatLeadsOutOfTheProject) {
  folder_.write("outside.txt", "outside");
  std::filesystem::create_symlink("../outside.txt", folder_.path() / "public/link.txt");
  serve();
  EXPECT_EQ(get("/link.txt").response(), "200 outside");
  auto site = std::const_pointer_cast<Site>(next_site());
  site->public_files.keep_links_within(folder_.path() / "public");
  context_.serve(site);
  EXPECT_EQ(get("/link.txt").response().substr(0, 3), "404");
  EXPECT_EQ(get("/a.txt").response(), "200 0123456789");
}

TEST_F(ExchangeFileTest, MayBeEmpty) { EXPECT_EQ(get("/empty.txt").response(), "200"); }

TEST_F(ExchangeFileTest, MatchingIfNoneMatchIsNotModified) {
  const std::string tag = get("/a.txt").field("etag");
  TestClient& client = ask_for("/a.txt", "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(client.response(), "304");
  EXPECT_EQ(client.field("etag"), tag);
}

TEST_F(ExchangeFileTest, LaterIfModifiedSinceIsNotModified) {
  const std::string modified = get("/a.txt").field("last-modified");
  EXPECT_EQ(ask_for("/a.txt", "If-Modified-Since: " + modified + "\r\n").response(), "304");
}

TEST_F(ExchangeFileTest, HasNoEtagIfTheProjectDisablesThem) {
  plan_.config.generate_etags = false;
  serve();
  EXPECT_EQ(get("/a.txt").field("etag"), "");
}

struct RangeCase {
  const char* name;
  std::string_view range;
  std::string_view response;
  std::string_view content_range;
};

class ExchangeRangeTest : public ExchangeFileTest, public testing::WithParamInterface<RangeCase> {};

TEST_P(ExchangeRangeTest, IsAPartOrAllOfTheFile) {
  TestClient& client =
      ask_for("/a.txt", std::string("Range: ").append(GetParam().range).append("\r\n"));
  EXPECT_EQ(client.response(), GetParam().response);
  EXPECT_EQ(client.field("content-range"), GetParam().content_range);
}

INSTANTIATE_TEST_SUITE_P(
    All, ExchangeRangeTest,
    testing::Values(RangeCase{"First", "bytes=0-3", "206 0123", "bytes 0-3/10"},
                    RangeCase{"Middle", "bytes=4-4", "206 4", "bytes 4-4/10"},
                    RangeCase{"Open", "bytes=7-", "206 789", "bytes 7-9/10"},
                    RangeCase{"Suffix", "bytes=-2", "206 89", "bytes 8-9/10"},
                    RangeCase{"PastTheEnd", "bytes=8-99", "206 89", "bytes 8-9/10"},
                    RangeCase{"Outside", "bytes=10-", "416", "bytes */10"},
                    RangeCase{"OtherUnit", "lines=1-2", "200 0123456789", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(ExchangeFileTest, RangeOfAnotherVersionIsAllOfTheFile) {
  EXPECT_EQ(ask_for("/a.txt", "Range: bytes=0-3\r\nIf-Range: \"other\"\r\n").status, 200);
}

TEST_F(ExchangeFileTest, AllowsOnlyGetAndHead) {
  TestClient& client = ask(post("/a.txt"));
  EXPECT_EQ(client.response(), "405 Method Not Allowed");
  EXPECT_EQ(client.field("allow"), "GET, HEAD");
  EXPECT_EQ(*context_.descriptors, 0U);
}

TEST_F(ExchangeFileTest, ThatIsGoneIsReplacedByTheRoute) {
  std::filesystem::remove(folder_.path() / "public/api/7");
  get("/api/7");
  EXPECT_EQ(call().route, kPages);
  EXPECT_EQ(*context_.descriptors, 0U);
}

TEST_F(ExchangeFileTest, ThatIsGoneIsNotFoundWithoutARoute) {
  std::filesystem::remove(folder_.path() / "public/a.txt");
  EXPECT_EQ(get("/a.txt").status, 404);
}

TEST_F(ExchangeFileTest, ThatIsGoneIsNotFoundOnASiteWithRules) {
  plan_.rules.headers = {adding("/never", {{"X-A", "1"}})};
  serve();
  std::filesystem::remove(folder_.path() / "public/a.txt");
  EXPECT_EQ(get("/a.txt").status, 404);
}

TEST_F(ExchangeFileTest, ThatCannotBeReadIsAnErrorDespiteTheRoute) {
  // A link to itself cannot be opened by any user.
  std::filesystem::remove(folder_.path() / "public/api/7");
  std::filesystem::create_symlink("7", folder_.path() / "public/api/7");
  TestClient& client = get("/api/7");
  EXPECT_EQ(client.response(), "500 Internal Server Error");
  ASSERT_EQ(context_.notices.size(), 1U);
  EXPECT_EQ(context_.notices.front(), Notice::file);
  EXPECT_TRUE(workers_->calls.empty());
}

TEST_F(ExchangeFileTest, WithoutADescriptorIsUnavailable) {
  context_.most_descriptors = 0;
  TestClient& client = get("/a.txt");
  EXPECT_EQ(client.status, 503);
  EXPECT_EQ(client.field("retry-after"), "1");
}

TEST_F(ExchangeFileTest, ReleasesItsDescriptorAtTheEnd) {
  get("/a.txt");
  EXPECT_EQ(*context_.descriptors, 0U);
}

TEST_F(ExchangeFileTest, ReleasesItsDescriptorWhenTheClientLeaves) {
  TestClient& client = get("/long.bin");
  EXPECT_EQ(*context_.descriptors, 1U);
  client.leave();
  EXPECT_EQ(*context_.descriptors, 0U);
  turn();
}

TEST_F(ExchangeFileTest, IsSentInBoundedTurns) {
  TestClient& client = get("/long.bin");
  EXPECT_FALSE(client.ended);
  for (int i = 0; i < 100 && !client.ended; ++i) turn();
  EXPECT_EQ(client.body.size(), kLong);
}

TEST_F(ExchangeFileTest, StopsIfTheClientDoesNotRead) {
  TestClient& client = clients_.emplace_back(context_, TestRequest{.target = "/long.bin"});
  client.takes = 1000;
  client.start();
  const std::size_t first = client.body.size();
  EXPECT_LT(first, kLong);
  turn();
  turn();
  EXPECT_EQ(client.body.size(), first);
  for (int i = 0; i < 100 && !client.ended; ++i) client.read(0);
  EXPECT_EQ(client.body.size(), kLong);
}

TEST_F(ExchangeFileTest, ThatBecomesShorterCutsTheConnection) {
  TestClient& client = get("/long.bin");
  std::filesystem::resize_file(folder_.path() / "public/long.bin", 10);
  for (int i = 0; i < 100 && !client.was_cut; ++i) turn();
  EXPECT_TRUE(client.was_cut);
  EXPECT_FALSE(client.ended);
}

TEST_F(ExchangeFileTest, HasTheFieldsOfHeaders) {
  plan_.rules.headers = {adding("/a.txt", {{"Cache-Control", "rule"}, {"X-A", "b"}})};
  serve();
  TestClient& client = get("/a.txt");
  EXPECT_EQ(client.response(), "200 0123456789");
  EXPECT_EQ(client.field("cache-control"), "rule");
  EXPECT_EQ(client.field("x-a"), "b");
}

TEST_F(ExchangeFileTest, HasTheFieldsOfHeadersInANotModifiedToo) {
  plan_.rules.headers = {adding("/a.txt", {{"X-A", "b"}})};
  serve();
  const std::string tag = get("/a.txt").field("etag");
  TestClient& client = ask_for("/a.txt", "If-None-Match: " + tag + "\r\n");
  EXPECT_EQ(client.response(), "304");
  EXPECT_EQ(client.field("x-a"), "b");
}

// While it is compressed, the body waits in the queue.

TEST_F(ExchangeFileTest, IsCompressedForAClientThatAsks) {
  plan_.config.compress = true;
  folder_.write("public/text.txt", std::string(kLong, 'x'));
  serve();
  TestClient& client = ask_for("/text.txt", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(client.field("content-encoding"), "gzip");
  for (int i = 0; i < 100 && !client.ended; ++i) turn();
  EXPECT_TRUE(client.ended);
  EXPECT_LT(client.body.size(), kLong / 10);
}

TEST_F(ExchangeFileTest, IsNotCompressedIfTheProjectDisablesIt) {
  folder_.write("public/text.txt", std::string(4000, 'x'));
  serve();
  TestClient& client = ask_for("/text.txt", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(client.field("content-encoding"), "");
  EXPECT_EQ(client.body.size(), 4000U);
}

TEST_F(ExchangeFileTest, ClientMayLeaveWhileItIsCompressed) {
  plan_.config.compress = true;
  folder_.write("public/text.txt", std::string(kLong, 'x'));
  serve();
  TestClient& client = ask_for("/text.txt", "Accept-Encoding: gzip\r\n");
  client.leave();
  turn();
  turn();
  EXPECT_FALSE(client.ended);
}

/// A file of the build, and one of public/, both with forms that are not their content, so that the
/// tests see which one is sent.
class ExchangeCompressedFileTest : public ExchangeTest {
 protected:
  ExchangeCompressedFileTest() {
    folder_.write("static/a.js", "0123456789");
    folder_.write("compressed/static/a.js.br", "brotli");
    folder_.write("compressed/static/a.js.zst", "zstd");
    folder_.write("compressed/static/a.js.gz", "gzip!");
    folder_.write("public/p.txt", "0123456789");
    folder_.write("compressed/public/p.txt." + stamp() + ".br", "public");
    plan_.config.compress = true;
    plan_.root = folder_.path();
    serve();
  }

  /// Of public/p.txt.
  [[nodiscard]] std::string stamp() const {
    struct stat status {};
    EXPECT_EQ(::stat((folder_.path() / "public/p.txt").c_str(), &status), 0);
    return file_stamp(static_cast<std::uint64_t>(status.st_size),
                      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1000 +
                          (status.st_mtim.tv_nsec + 500'000) / 1'000'000);
  }

  TestClient& ask_for(std::string target, std::string_view fields) {
    return ask({.target = std::move(target), .fields = std::string(fields)});
  }

  project::TestFolder folder_;
};

constexpr std::string_view kChunk = "/_next/static/a.js";

TEST_F(ExchangeCompressedFileTest, IsSentInTheCodingThatTheClientPrefers) {
  for (const auto& [accepted, response, coding] :
       {std::tuple{"gzip, deflate, br, zstd", "200 brotli", "br"},
        std::tuple{"gzip, zstd", "200 zstd", "zstd"}, std::tuple{"gzip", "200 gzip!", "gzip"},
        std::tuple{"deflate", "200 0123456789", ""}, std::tuple{"br;q=0", "200 0123456789", ""}}) {
    TestClient& client =
        ask_for(std::string(kChunk), "Accept-Encoding: " + std::string(accepted) + "\r\n");
    EXPECT_EQ(client.response(), response);
    EXPECT_EQ(client.field("content-encoding"), coding);
    EXPECT_EQ(client.field("vary"), "Accept-Encoding");
    EXPECT_EQ(client.field("content-type"), "application/javascript; charset=UTF-8");
    EXPECT_EQ(client.declared_length, std::string(response).size() - 4);
  }
  TestClient& plain = get(std::string(kChunk));
  EXPECT_EQ(plain.response(), "200 0123456789");
  EXPECT_EQ(plain.field("vary"), "Accept-Encoding");
}

TEST_F(ExchangeCompressedFileTest, HasOneWeakTagInAllCodings) {
  const std::string tag = get(std::string(kChunk)).field("etag");
  EXPECT_TRUE(tag.starts_with("W/")) << tag;
  EXPECT_EQ(ask_for(std::string(kChunk), "Accept-Encoding: br\r\n").field("etag"), tag);
  TestClient& client =
      ask_for(std::string(kChunk), "Accept-Encoding: br\r\nIf-None-Match: " + tag + "\r\n");
  EXPECT_EQ(client.response(), "304");
  EXPECT_EQ(client.field("vary"), "Accept-Encoding");
  EXPECT_EQ(client.field("content-encoding"), "");
}

TEST_F(ExchangeCompressedFileTest, HasTheLengthOfTheFileForHead) {
  TestClient& client =
      ask({.method = "HEAD", .target = std::string(kChunk), .fields = "Accept-Encoding: br\r\n"});
  EXPECT_EQ(client.response(), "200");
  EXPECT_EQ(client.declared_length, 10U);
  EXPECT_EQ(client.field("content-encoding"), "");
  EXPECT_EQ(client.field("vary"), "Accept-Encoding");
}

TEST_F(ExchangeCompressedFileTest, RangesAreOfTheFileItself) {
  TestClient& client = ask_for(std::string(kChunk), "Accept-Encoding: br\r\nRange: bytes=2-4\r\n");
  EXPECT_EQ(client.response(), "206 234");
  EXPECT_EQ(client.field("content-range"), "bytes 2-4/10");
  EXPECT_EQ(client.field("content-encoding"), "");
  EXPECT_EQ(client.field("vary"), "Accept-Encoding");
}

TEST_F(ExchangeCompressedFileTest, ARangeOfAnotherCodingIsNotContinued) {
  TestClient& coded = ask_for(std::string(kChunk), "Accept-Encoding: br\r\n");
  for (const std::string& validator : {coded.field("etag"), coded.field("last-modified")}) {
    TestClient& client =
        ask_for(std::string(kChunk), "Range: bytes=2-4\r\nIf-Range: " + validator + "\r\n");
    EXPECT_EQ(client.response(), "200 0123456789");
  }
}

TEST_F(ExchangeCompressedFileTest, FormsAreNoFiles) {
  for (const std::string target : {"/_next/static/a.js.br", "/compressed/static/a.js.br",
                                   "/p.txt.br", "/_next/static/../compressed/static/a.js.br"}) {
    EXPECT_TRUE(get(target).response().starts_with("404")) << target;
  }
}

TEST_F(ExchangeCompressedFileTest, OfPublicIsSentWhileTheFileIsTheOneOfTheBuild) {
  EXPECT_EQ(ask_for("/p.txt", "Accept-Encoding: br\r\n").response(), "200 public");
  folder_.write("public/p.txt", "another text");
  TestClient& changed = ask_for("/p.txt", "Accept-Encoding: br\r\n");
  EXPECT_EQ(changed.response(), "200 another text");
  EXPECT_EQ(changed.field("content-encoding"), "");
  EXPECT_EQ(changed.field("vary"), "Accept-Encoding");
}

TEST_F(ExchangeCompressedFileTest, IsSentItselfWhereAFormIsGone) {
  std::filesystem::remove(folder_.path() / "compressed/static/a.js.br");
  EXPECT_EQ(ask_for(std::string(kChunk), "Accept-Encoding: br\r\n").response(), "200 0123456789");
}

TEST_F(ExchangeCompressedFileTest, IsSentItselfWhereTheProjectDisablesCompression) {
  plan_.config.compress = false;
  serve();
  TestClient& client = ask_for(std::string(kChunk), "Accept-Encoding: br\r\n");
  EXPECT_EQ(client.response(), "200 0123456789");
  EXPECT_EQ(client.field("vary"), "");
}

TEST_F(ExchangeCompressedFileTest, IsSentItselfWhereARuleForbidsToTransformIt) {
  plan_.rules.headers = {adding("/_next/static/:path*", {{"Cache-Control", "no-transform"}})};
  serve();
  TestClient& client = ask_for(std::string(kChunk), "Accept-Encoding: br\r\n");
  EXPECT_EQ(client.response(), "200 0123456789");
  EXPECT_EQ(client.field("cache-control"), "no-transform");
}

}  // namespace
}  // namespace millrace::gateway
