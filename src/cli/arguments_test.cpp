#include "cli/arguments.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace millrace::cli {
namespace {

ParsedArguments parse(std::vector<const char*> words, const char* port = nullptr) {
  words.insert(words.begin(), "millrace");
  return parse_arguments(static_cast<int>(words.size()), words.data(), port);
}

TEST(Arguments, HaveDefaults) {
  const auto parsed = parse({"dev"});
  ASSERT_TRUE(parsed.arguments);
  EXPECT_EQ(parsed.arguments->command, Command::dev);
  EXPECT_EQ(parsed.arguments->directory, ".");
  EXPECT_EQ(parsed.arguments->port, 3000);
  EXPECT_EQ(parsed.arguments->hostname, "");
  EXPECT_EQ(parsed.arguments->workers, 0U);
}

TEST(Arguments, AreReadAsNextReadsThem) {
  const auto parsed = parse({"start", "some/dir", "-p", "0", "-H", "::1", "--workers", "4",
                             "--node", "/n", "--keepAliveTimeout", "70000", "--inspect=9300"});
  ASSERT_TRUE(parsed.arguments);
  EXPECT_EQ(parsed.arguments->command, Command::start);
  EXPECT_EQ(parsed.arguments->directory, "some/dir");
  EXPECT_EQ(parsed.arguments->port, 0);
  EXPECT_EQ(parsed.arguments->hostname, "::1");
  EXPECT_EQ(parsed.arguments->workers, 4U);
  EXPECT_EQ(parsed.arguments->node, "/n");
  EXPECT_EQ(parsed.arguments->keep_alive, 70U) << "of milliseconds";
  EXPECT_EQ(parsed.arguments->inspector->port, 9300);
}

TEST(Arguments, PortComesFromTheEnvironmentUnlessGiven) {
  EXPECT_EQ(parse({"dev"}, "8080").arguments->port, 8080);
  EXPECT_EQ(parse({"dev", "--port", "81"}, "8080").arguments->port, 81);
  EXPECT_EQ(parse({"dev"}, "").arguments->port, 3000);
  EXPECT_EQ(parse({"dev"}, "http").exit_code, 1);
  EXPECT_EQ(parse({"dev"}, "70000").exit_code, 1);
}

TEST(Arguments, NameTheUpstream) {
  EXPECT_EQ(parse({"dev", "--upstream", "http://a:1"}).arguments->upstream, "http://a:1");
  EXPECT_EQ(parse({"start", "--upstream=https://a"}).arguments->upstream, "https://a");
  EXPECT_EQ(parse({"start"}).arguments->upstream, "");
  testing::internal::CaptureStderr();
  EXPECT_NE(parse({"start", "--upstream", "localhost:3001"}).exit_code, 0);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("expected the URL of a server"),
            std::string::npos);
}

std::string error_of(std::vector<const char*> words) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse(std::move(words)).exit_code, 1);
  return testing::internal::GetCapturedStderr();
}

TEST(Arguments, SayWhatWasProbablyMeant) {
  EXPECT_EQ(error_of({"bild"}),
            "error: millrace: unknown command `bild` (did you mean `build`?)\n"
            "Run `millrace --help` for usage.\n");
  EXPECT_NE(error_of({"help", "bild"}).find("did you mean `build`?"), std::string::npos);
  EXPECT_NE(error_of({"start", "--takover"}).find("did you mean `--takeover`?"), std::string::npos);
}

TEST(Arguments, NameTheCommandInErrorsOfValues) {
  const std::string error = error_of({"dev", "-p", "many"});
  EXPECT_TRUE(error.starts_with("error: millrace dev: ")) << error;
  EXPECT_NE(error.find("many"), std::string::npos);
  EXPECT_NE(error.find("Run `millrace dev --help` for usage."), std::string::npos);
}

TEST(Arguments, AcceptOptionsOfNextWithoutEffect) {
  const auto parsed = parse({"dev", "--turbopack", "dir", "--inspect"});
  ASSERT_TRUE(parsed.arguments);
  EXPECT_EQ(parsed.arguments->directory, "dir");
  EXPECT_EQ(parsed.arguments->inspector->port, 9229);
  EXPECT_EQ(parsed.arguments->inspector->host, "");
  EXPECT_FALSE(parse({"dev"}).arguments->inspector);
  EXPECT_EQ(parse({"start", "--inspect=nowhere:x"}).exit_code, 1);
  EXPECT_EQ(parse({"dev", "--poll"}).arguments->poll, 0U);
  EXPECT_EQ(parse({"dev", "--poll=250"}).arguments->poll, 250U);
  EXPECT_FALSE(parse({"dev"}).arguments->poll);
  EXPECT_EQ(parse({"dev", "--poll=10"}).exit_code, 1);
}

TEST(Arguments, StandaloneFolderHasADefault) {
  EXPECT_FALSE(parse({"build"}).arguments->places.standalone);
  EXPECT_EQ(parse({"build", "dir", "--standalone"}).arguments->places.standalone, "");
  EXPECT_EQ(parse({"build", "dir", "--standalone"}).arguments->directory, "dir");
  EXPECT_EQ(parse({"build", "--standalone=out", "dir"}).arguments->places.standalone, "out");
  EXPECT_EQ(parse({"build", "--standalone", "out"}).arguments->places.standalone, "out");
}

TEST(Arguments, SuggestTheNearestName) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(parse({"dev", "--prot", "80"}).exit_code, 1);
  EXPECT_EQ(parse({"strat"}).exit_code, 1);
  const std::string output = testing::internal::GetCapturedStderr();
  EXPECT_NE(output.find("millrace dev: unknown option `--prot` (did you mean `--port`?)"),
            std::string::npos)
      << output;
  EXPECT_NE(output.find("millrace: unknown command `strat` (did you mean `start`?)"),
            std::string::npos)
      << output;
}

TEST(Arguments, EndTheProgramWithTheRightCode) {
  for (const auto& words : std::vector<std::vector<const char*>>{
           {}, {"--help"}, {"--version"}, {"dev", "--help"}, {"help"}, {"help", "start"}}) {
    const auto parsed = parse(words);
    EXPECT_FALSE(parsed.arguments);
    EXPECT_EQ(parsed.exit_code, 0);
  }
  for (const auto& words : std::vector<std::vector<const char*>>{{"bogus"},
                                                                 {"dev", "a", "b"},
                                                                 {"dev", "-p", "x"},
                                                                 {"dev", "-p", "65536"},
                                                                 {"dev", "--workers", "0"},
                                                                 {"build", "-p", "1"},
                                                                 {"env", "--mode", "x"}}) {
    const auto parsed = parse(words);
    EXPECT_FALSE(parsed.arguments);
    EXPECT_EQ(parsed.exit_code, 1);
  }
}

TEST(Arguments, RequestHelpOnKeysOfMillraceToml) {
  EXPECT_EQ(parse({"help", "config"}).arguments->command, Command::help_config);
  EXPECT_EQ(parse({"help", "config"}).arguments->key, "");
  EXPECT_EQ(parse({"help", "config", "limits.memory"}).arguments->key, "limits.memory");
  EXPECT_EQ(parse({"help", "config", "a", "b"}).exit_code, 1);
}

TEST(Arguments, OfVerifyCanBeRepeated) {
  const auto parsed =
      parse({"verify", "--against", "http://h:1", "--requests", "a.http", "--requests", "b.http",
             "--allow", "* header x", "dir", "--timeout", "5", "--json"});
  ASSERT_TRUE(parsed.arguments);
  EXPECT_EQ(parsed.arguments->command, Command::verify);
  EXPECT_EQ(parsed.arguments->directory, "dir");
  const VerifyOptions& options = parsed.arguments->verify;
  EXPECT_EQ(options.against, "http://h:1");
  EXPECT_EQ(options.requests, (std::vector<std::string>{"a.http", "b.http"}));
  EXPECT_EQ(options.allow, (std::vector<std::string>{"* header x"}));
  EXPECT_EQ(options.timeout, 5U);
  EXPECT_TRUE(options.json);
  EXPECT_FALSE(parse({"verify", "--timeout", "0"}).arguments);
  EXPECT_EQ(parse({"verify", "--engine", "auto"}).arguments->verify.engine, "auto");
  EXPECT_FALSE(parse({"verify", "--engine", "next"}).arguments);
}

}  // namespace
}  // namespace millrace::cli
