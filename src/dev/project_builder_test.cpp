#include "dev/project_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "dev/testing/shell_builder.hpp"
#include "net/timer.hpp"
#include "project/test_folder.hpp"

namespace millrace::dev {
namespace {

namespace json = boost::json;
using testing::ElementsAre;
using testing::HasSubstr;

/// The manifest that the builder writes for an empty project: its build is called "plain".
const std::string& plain_manifest() {
  static const std::string text = [] {
    std::ifstream file(MILLRACE_MANIFESTS "/plain.json", std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  }();
  return text;
}

/// A project without routes, and a builder with the responses that a test sets.
class ProjectBuilderTest : public testing::Test {
 protected:
  ProjectBuilderTest() {
    config_ = {{"id", 1},
               {"config", json::parse(plain_manifest()).at("config")},
               {"rules", nullptr},
               {"warnings", json::array{"of the configuration"}},
               {"inputs", json::array{"next.config.mjs", "/elsewhere/shared.mjs"}}};
    built_ = {{"id", 2},
              {"sizes", json::array()},
              {"warnings", json::array{"of the build"}},
              {"notes", json::array{"a note"}},
              {"problems", json::array{"a problem"}},
              {"inputs", json::array{"lib/../a.ts"}}};
  }

  /// Builds with the prepared responses. The builder writes `written` as the manifest, or none
  /// where it is empty.
  BuildOutcome build(std::string_view written = plain_manifest()) {
    const std::filesystem::path out = folder_.path() / ".millrace/builds/1";
    if (!written.empty()) folder_.write(".millrace/builds/1/manifest.json", written);
    return run([&out](ProjectBuilder& builder, ProjectBuilder::Done done) {
      builder.build({.outdir = out, .manifest_file = out / "manifest.json", .build_id = "plain"},
                    std::move(done));
    });
  }

  /// Inspects with the prepared responses, of which the second is that to `inspect`.
  BuildOutcome inspect() {
    return run([](ProjectBuilder& builder, ProjectBuilder::Done done) {
      builder.inspect(std::move(done));
    });
  }

  BuildOutcome run(const std::function<void(ProjectBuilder&, ProjectBuilder::Done)>& begin) {
    ProjectBuilder::Options options;
    options.root = folder_.path();
    options.launch =
        shell(print(frame(link::Kind::hello, "{}")) +
              print(frame(link::Kind::built, json::serialize(config_))) +
              print(frame(link::Kind::built, json::serialize(built_))) + "cat <&3 >/dev/null");
    ProjectBuilder builder(loop_, std::move(options));
    std::optional<BuildOutcome> outcome;
    begin(builder, [&](BuildOutcome ended) {
      outcome = std::move(ended);
      builder.end([this] { loop_.stop(); });
    });
    net::Timer late(loop_, [this] { loop_.stop(); });
    late.set_after(std::chrono::seconds(60));
    loop_.context().restart();
    loop_.run();
    EXPECT_TRUE(outcome);
    return outcome ? *std::move(outcome) : BuildOutcome{};
  }

  project::TestFolder folder_;
  net::EventLoop loop_;
  json::object config_;
  json::object built_;
};

TEST_F(ProjectBuilderTest, ReadsTheManifestThatTheBuilderHasWritten) {
  const BuildOutcome outcome = build();
  ASSERT_TRUE(outcome.built) << outcome.failure;
  EXPECT_EQ(outcome.built->manifest.build_id, "plain");
  EXPECT_EQ(outcome.built->manifest.generator, "millrace test");
  EXPECT_EQ(outcome.built->config_file, "next.config.mjs");
  EXPECT_THAT(outcome.built->warnings, ElementsAre("of the configuration", "of the build"));
  EXPECT_THAT(outcome.built->notes, ElementsAre("a note"));
  EXPECT_THAT(outcome.built->problems, ElementsAre("a problem"));
  EXPECT_THAT(outcome.inputs, ElementsAre(folder_.path() / "next.config.mjs",
                                          "/elsewhere/shared.mjs", folder_.path() / "a.ts"));
}

TEST_F(ProjectBuilderTest, FailsWithTheErrorsOfTheConfigurationAndItsInputs) {
  config_ = {{"id", 1}, {"errors", {"one", "two"}}, {"inputs", json::array{"next.config.mjs"}}};
  const BuildOutcome outcome = build();
  EXPECT_FALSE(outcome.built);
  EXPECT_EQ(outcome.failure, "one\n\ntwo");
  EXPECT_THAT(outcome.inputs, ElementsAre(folder_.path() / "next.config.mjs"));
}

TEST_F(ProjectBuilderTest, FailsWithTheErrorsOfTheBuild) {
  built_ = {{"id", 2}, {"errors", json::array{"no"}}, {"inputs", json::array{"a.ts"}}};
  const BuildOutcome outcome = build();
  EXPECT_FALSE(outcome.built);
  EXPECT_EQ(outcome.failure, "no");
  EXPECT_EQ(outcome.inputs.size(), 3U);
}

TEST_F(ProjectBuilderTest, RejectsInvalidResponses) {
  const json::object config = config_;
  const json::object built = built_;
  const auto failure_with = [&](json::object& response, const char* name, json::value value) {
    config_ = config;
    built_ = built;
    response[name] = std::move(value);
    return build().failure;
  };
  EXPECT_THAT(failure_with(config_, "config", nullptr),
              HasSubstr("the builder's response: config: expected an object, found nothing"));
  EXPECT_THAT(failure_with(config_, "config", json::object()), HasSubstr("config.basePath"));
  EXPECT_THAT(failure_with(config_, "inputs", "next.config.mjs"),
              HasSubstr("the builder's response: inputs: expected an array of strings"));
  EXPECT_THAT(failure_with(built_, "warnings", json::array{1}),
              HasSubstr("the builder's response: warnings: expected an array of strings"));
  EXPECT_THAT(failure_with(built_, "sizes", nullptr),
              HasSubstr("the builder's response: sizes: expected an array, found nothing"));
  EXPECT_THAT(failure_with(built_, "sizes", json::array{-1}),
              HasSubstr("an array of integers of 0 or more"));
  EXPECT_THAT(failure_with(built_, "sizes", json::array{1}),
              HasSubstr("sizes: expected one for each route"));
}

TEST_F(ProjectBuilderTest, RejectsTheManifestOfAnotherBuild) {
  json::value other = json::parse(plain_manifest());
  other.as_object()["build_id"] = "other";
  EXPECT_THAT(build(json::serialize(other)).failure,
              HasSubstr(".millrace/builds/1/manifest.json does not belong to this build"));
}

TEST_F(ProjectBuilderTest, FailsWithoutAManifest) {
  EXPECT_THAT(build("").failure, HasSubstr(".millrace/builds/1/manifest.json"));
}

TEST_F(ProjectBuilderTest, ReadsAnInspection) {
  folder_.write("app/api/a/route.ts", "");
  built_ = {
      {"id", 2},
      {"next_version", ""},
      {"next_missing", "Next.js is not installed"},
      {"routes", json::array{json::object{
                     {"file", "app/api/a/route.ts"}, {"engine", "next"}, {"reason", "a reason"}}}},
      {"failures", json::array{"a failure"}},
      {"warnings", json::array{"of the inspection"}},
      {"memory_state", json::array()},
      {"middleware", json::object{{"file", "proxy.ts"}, {"runtime", "nodejs"}}},
      {"instrumentation", nullptr},
      {"replaced", json::array{json::object{{"option", "output"}, {"text", "a text"}}}},
      {"custom_server", "server.js"}};
  const BuildOutcome outcome = inspect();
  ASSERT_TRUE(outcome.inspection) << outcome.failure;
  EXPECT_FALSE(outcome.built);
  const Inspection& found = *outcome.inspection;
  EXPECT_EQ(found.config_file, "next.config.mjs");
  ASSERT_EQ(found.routes.size(), 1U);
  EXPECT_EQ(found.routes[0].path, "/api/a");
  ASSERT_EQ(found.engines.size(), 1U);
  EXPECT_EQ(found.engines[0].engine, "next");
  EXPECT_EQ(found.engines[0].reason, "a reason");
  EXPECT_EQ(found.next_missing, "Next.js is not installed");
  EXPECT_THAT(found.failures, ElementsAre("a failure"));
  EXPECT_THAT(found.warnings, ElementsAre("of the configuration", "of the inspection"));
  ASSERT_TRUE(found.middleware);
  EXPECT_EQ(found.middleware->kind, "nodejs");
  EXPECT_FALSE(found.instrumentation);
  ASSERT_EQ(found.replaced.size(), 1U);
  EXPECT_EQ(found.replaced[0].option, "output");
  EXPECT_EQ(found.custom_server, "server.js");

  built_["routes"] = json::array();
  EXPECT_THAT(inspect().failure, HasSubstr("routes: expected one for each route"));
}

}  // namespace
}  // namespace millrace::dev
