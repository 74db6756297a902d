// Responses with files: head, conditions, ranges, and the body in pieces.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "gateway/file_response.hpp"
#include "gateway/testing/response_recorder.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

/// 2021-03-04 05:06:07.890 UTC.
constexpr std::int64_t kSeconds = 1'614'834'367;
constexpr std::string_view kDate = "Thu, 04 Mar 2021 05:06:07 GMT";
/// For ten bytes and the time above in milliseconds.
constexpr std::string_view kEtag = "W/\"a-177fba0fd92\"";

class FileResponseTest : public testing::Test {
 protected:
  FileResponseTest() { write("0123456789"); }

  void write(std::string_view text) {
    folder_.write("file.txt", text);
    set_time();
  }

  void set_time(const std::string& name = "file.txt", std::int64_t nanoseconds = 890'000'000) {
    const timespec time{.tv_sec = kSeconds, .tv_nsec = nanoseconds};
    const timespec times[] = {time, time};
    const std::string path = (folder_.path() / name).string();
    ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), std::data(times), 0), 0);
  }

  [[nodiscard]] FileResponse open(
      const std::string& name = "file.txt", FileResponse::Etag etag = FileResponse::Etag::generated,
      ClientTable::Lease descriptor = nullptr,
      FileResponse::Caching caching = FileResponse::Caching::revalidate) {
    auto opened = FileResponse::open(folder_.path() / name, etag, std::move(descriptor), caching);
    return std::move(std::get<FileResponse>(opened));
  }

  /// Requests the file with these fields, and takes all of it.
  void get(std::string_view fields = {}, std::string_view method = "GET") {
    FileResponse response = open();
    ask(response, fields, method);
  }

  void ask(FileResponse& response, std::string_view fields = {}, std::string_view method = "GET") {
    client_ = std::make_unique<ResponseRecorder>();
    request_.method = method;
    request_.fields = fields;
    std::string scratch;
    if (!response.begin(request_, *client_, scratch, pending_)) return;
    while (response.send_more(*client_)) {
    }
  }

  [[nodiscard]] bool sent(std::string_view field) const {
    return ("\r\n" + client_->fields).find("\r\n" + std::string(field)) != std::string::npos;
  }

  project::TestFolder folder_;
  http::RequestHead request_;
  const PendingFields* pending_ = nullptr;
  std::unique_ptr<ResponseRecorder> client_;
};

TEST_F(FileResponseTest, SendsTheFieldsThatNextSends) {
  get();
  EXPECT_EQ(client_->status, 200);
  EXPECT_EQ(client_->fields,
            "Accept-Ranges: bytes\r\nCache-Control: public, max-age=0\r\nLast-Modified: " +
                std::string(kDate) + "\r\nETag: " + std::string(kEtag) +
                "\r\nContent-Type: text/plain; charset=UTF-8\r\n");
  EXPECT_EQ(client_->declared_length, 10U);
  EXPECT_EQ(client_->body, "0123456789");
  EXPECT_TRUE(client_->ended);
}

TEST_F(FileResponseTest, RoundsTheTimeInTheEtagAsNodeDoes) {
  set_time("file.txt", 889'500'000);
  get();
  EXPECT_TRUE(sent("ETag: " + std::string(kEtag)));
  set_time("file.txt", 890'499'999);
  get();
  EXPECT_TRUE(sent("ETag: " + std::string(kEtag)));
  set_time("file.txt", 890'500'000);
  get();
  EXPECT_FALSE(sent("ETag: " + std::string(kEtag)));
}

TEST_F(FileResponseTest, SendsNoEtagIfTheProjectDisablesThem) {
  FileResponse response = open("file.txt", FileResponse::Etag::none);
  ask(response);
  EXPECT_FALSE(sent("ETag"));
  EXPECT_TRUE(sent("Last-Modified: " + std::string(kDate)));
}

TEST_F(FileResponseTest, SendsTheCachingOfFilesOfTheBuild) {
  using Caching = FileResponse::Caching;
  FileResponse built = open("file.txt", FileResponse::Etag::generated, nullptr, Caching::immutable);
  ask(built);
  EXPECT_TRUE(sent("Cache-Control: public, max-age=31536000, immutable\r\n"));
  FileResponse in_development =
      open("file.txt", FileResponse::Etag::generated, nullptr, Caching::development);
  ask(in_development);
  EXPECT_TRUE(sent("Cache-Control: no-cache, must-revalidate\r\n"));
}

TEST_F(FileResponseTest, SendsOnlyTheHeadForHead) {
  get({}, "HEAD");
  EXPECT_EQ(client_->status, 200);
  EXPECT_EQ(client_->declared_length, 10U);
  EXPECT_EQ(client_->pieces, 0U);
}

TEST_F(FileResponseTest, SendsAnEmptyFileAsAHead) {
  write("");
  get();
  EXPECT_EQ(client_->status, 200);
  EXPECT_EQ(client_->declared_length, 0U);
  EXPECT_EQ(client_->pieces, 0U);
}

TEST_F(FileResponseTest, IsNotModifiedForThisVersion) {
  const std::string etag(kEtag);
  for (const std::string& condition : {
           "If-None-Match: " + etag,
           "If-None-Match: " + etag.substr(2),
           "If-None-Match: \"x\", " + etag,
           std::string("If-None-Match: *"),
           "If-Modified-Since: " + std::string(kDate),
           std::string("If-Modified-Since: Fri, 05 Mar 2021 05:06:07 GMT"),
       }) {
    get(condition + "\r\n");
    EXPECT_EQ(client_->status, 304) << condition;
    EXPECT_TRUE(sent("ETag: " + etag)) << condition;
    EXPECT_TRUE(client_->ended);
    EXPECT_EQ(client_->body, "");
  }
}

TEST_F(FileResponseTest, IsSentForAnotherVersion) {
  for (const std::string& condition : {
           std::string("If-None-Match: \"x\""),
           std::string("If-Modified-Since: Thu, 04 Mar 2021 05:06:06 GMT"),
           std::string("If-Modified-Since: yesterday"),
           "If-None-Match: \"x\"\r\nIf-Modified-Since: " + std::string(kDate),
           "Cache-Control: no-cache\r\nIf-None-Match: " + std::string(kEtag),
       }) {
    get(condition + "\r\n");
    EXPECT_EQ(client_->status, 200) << condition;
  }
}

TEST_F(FileResponseTest, SendsOneRangeOfBytes) {
  struct Case {
    std::string range;
    std::string content_range;
    std::string body;
  };
  for (const auto& [range, content_range, body] : {
           Case{"bytes=0-0", "bytes 0-0/10", "0"},
           Case{"bytes=2-4", "bytes 2-4/10", "234"},
           Case{"bytes=7-", "bytes 7-9/10", "789"},
           Case{"bytes=-3", "bytes 7-9/10", "789"},
           Case{"bytes=-30", "bytes 0-9/10", "0123456789"},
           Case{"bytes=5-500", "bytes 5-9/10", "56789"},
       }) {
    get("Range: " + range + "\r\n");
    EXPECT_EQ(client_->status, 206) << range;
    EXPECT_TRUE(sent("Content-Range: " + content_range + "\r\n")) << client_->fields;
    EXPECT_TRUE(sent("Content-Type: text/plain"));
    EXPECT_EQ(client_->declared_length, body.size()) << range;
    EXPECT_EQ(client_->body, body) << range;
    EXPECT_TRUE(client_->ended);
  }
}

TEST_F(FileResponseTest, SendsTheWholeFileForUnsupportedRanges) {
  for (const std::string_view range :
       {"bytes=0-1,4-5", "bytes=5-2", "bytes=a-b", "bytes=-", "lines=1-2", "bytes 1-2"}) {
    get("Range: " + std::string(range) + "\r\n");
    EXPECT_EQ(client_->status, 200) << range;
    EXPECT_EQ(client_->body, "0123456789");
  }
}

TEST_F(FileResponseTest, SendsTheLengthForAnUnsatisfiableRange) {
  for (const std::string_view range : {"bytes=10-", "bytes=10-20", "bytes=-0"}) {
    get("Range: " + std::string(range) + "\r\n");
    EXPECT_EQ(client_->status, 416) << range;
    EXPECT_TRUE(sent("Content-Range: bytes */10\r\n"));
    EXPECT_FALSE(sent("Content-Type"));
    EXPECT_EQ(client_->body, "");
    EXPECT_TRUE(client_->ended);
  }
}

TEST_F(FileResponseTest, SendsTheHeadOfARangeForHead) {
  get("Range: bytes=2-4\r\n", "HEAD");
  EXPECT_EQ(client_->status, 206);
  EXPECT_EQ(client_->declared_length, 3U);
  EXPECT_EQ(client_->pieces, 0U);
}

TEST_F(FileResponseTest, SendsARangeOnlyIfIfRangeMatches) {
  const std::string range = "Range: bytes=2-4\r\n";
  for (const std::string_view condition : {kEtag, kDate}) {
    get(range + "If-Range: " + std::string(condition) + "\r\n");
    EXPECT_EQ(client_->status, 206) << condition;
  }
  for (const std::string_view condition :
       {"W/\"a-1\"", "\"x\"", "Thu, 04 Mar 2021 05:06:08 GMT", "Thu, 04 Mar 2021 05:06:06 GMT"}) {
    get(range + "If-Range: " + std::string(condition) + "\r\n");
    EXPECT_EQ(client_->status, 200) << condition;
    EXPECT_EQ(client_->body, "0123456789");
  }
}

TEST_F(FileResponseTest, WithoutAnEtagAnEmptyIfRangeDoesNotMatch) {
  FileResponse response = open("file.txt", FileResponse::Etag::none);
  ask(response, "Range: bytes=2-4\r\nIf-Range: " + std::string(kEtag) + "\r\n");
  EXPECT_EQ(client_->status, 200);
}

TEST_F(FileResponseTest, NotModifiedTakesPrecedenceOverARange) {
  get("Range: bytes=2-4\r\nIf-None-Match: " + std::string(kEtag) + "\r\n");
  EXPECT_EQ(client_->status, 304);
}

TEST_F(FileResponseTest, PendingFieldsReplaceItsOwn) {
  PendingFields pending;
  pending.set("Cache-Control", "max-age=60");
  pending.set("X-Rule", "1");
  pending_ = &pending;
  for (const std::string& fields :
       {std::string(), "If-None-Match: " + std::string(kEtag) + "\r\n",
        std::string("Range: bytes=0-1\r\n"), std::string("Range: bytes=10-\r\n")}) {
    get(fields);
    EXPECT_TRUE(sent("Cache-Control: max-age=60\r\n")) << client_->status;
    EXPECT_FALSE(sent("Cache-Control: public")) << client_->status;
    EXPECT_TRUE(sent("X-Rule: 1\r\n")) << client_->status;
  }
}

TEST_F(FileResponseTest, IsCutIfTheFileBecomesShorter) {
  FileResponse response = open();
  std::filesystem::resize_file(folder_.path() / "file.txt", 4);
  ask(response);
  EXPECT_EQ(client_->declared_length, 10U);
  EXPECT_EQ(client_->body, "0123");
  EXPECT_TRUE(client_->was_cut) << "what was declared cannot be kept";
  EXPECT_FALSE(client_->ended);
}

TEST_F(FileResponseTest, EndsAtTheDeclaredLengthIfTheFileGrows) {
  FileResponse response = open();
  folder_.write("file.txt", "0123456789 and more");
  ask(response);
  EXPECT_EQ(client_->body, "0123456789");
  EXPECT_TRUE(client_->ended);
}

TEST_F(FileResponseTest, SendsTheOpenedFileIfItIsReplaced) {
  FileResponse response = open();
  folder_.write("next.txt", "abcdefghij");
  std::filesystem::rename(folder_.path() / "next.txt", folder_.path() / "file.txt");
  ask(response);
  EXPECT_EQ(client_->body, "0123456789");
}

TEST_F(FileResponseTest, HoldsItsDescriptorUntilItIsClosed) {
  const auto descriptor = std::make_shared<int>();
  {
    const FileResponse response = open("file.txt", FileResponse::Etag::none, descriptor);
    EXPECT_EQ(descriptor.use_count(), 2);
  }
  EXPECT_EQ(descriptor.use_count(), 1);
}

class LongFileTest : public FileResponseTest {
 protected:
  static constexpr std::size_t kTurn = std::size_t{512} * 1024;

  LongFileTest() {
    for (int i = 0; text_.size() < 3 * kTurn + 1000; ++i) text_ += std::to_string(i) + '\n';
    text_.resize(3 * kTurn + 1000);
    folder_.write("long.txt", text_);
    response_.emplace(open("long.txt"));
    client_ = std::make_unique<ResponseRecorder>();
    request_.method = "GET";
    std::string scratch;
    EXPECT_TRUE(response_->begin(request_, *client_, scratch, nullptr));
  }

  [[nodiscard]] bool send_more() { return response_->send_more(*client_); }

  std::string text_;
  std::optional<FileResponse> response_;
};

TEST_F(LongFileTest, SendsABoundedNumberOfBytesInATurn) {
  EXPECT_TRUE(send_more());
  EXPECT_EQ(client_->body.size(), kTurn) << "though the client took all of it";
  EXPECT_TRUE(send_more());
  EXPECT_TRUE(send_more());
  EXPECT_FALSE(send_more());
  EXPECT_TRUE(client_->ended);
  EXPECT_TRUE(client_->body == text_);
}

TEST_F(LongFileTest, SendsOnePieceToAClientThatDoesNotRead) {
  client_->takes = 0;
  EXPECT_FALSE(send_more());
  EXPECT_EQ(client_->pieces, 1U);
  EXPECT_FALSE(send_more()) << "nothing was taken";
  EXPECT_EQ(client_->pieces, 1U);
  client_->drain();
  EXPECT_TRUE(send_more());
  EXPECT_GT(client_->pieces, 1U);
}

TEST_F(LongFileTest, IsSentCompletelyToASlowClient) {
  client_->takes = 100'000;
  while (!client_->ended) {
    static_cast<void>(send_more());
    client_->drain(100'000);
  }
  EXPECT_TRUE(client_->body == text_);
}

}  // namespace
}  // namespace millrace::gateway
