#include "cli/next_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::StartsWith;

TEST(NextOptions, AreRemovedWithTheirValues) {
  const auto line = without_next_options(
      {"dev", "--turbopack", "-p", "80", "--experimental-https", "--experimental-https-key",
       "./key.pem", "--internal-trace", "--experimental-something-new=1", "dir"});
  EXPECT_THAT(line.words, ElementsAre("dev", "-p", "80", "dir"));
  EXPECT_THAT(line.notes, ElementsAre(StartsWith("--turbopack has no effect: "),
                                      StartsWith("--experimental-https has no effect: "),
                                      StartsWith("--experimental-https-key has no effect: "),
                                      StartsWith("--internal-trace has no effect: "),
                                      StartsWith("--experimental-something-new has no effect: ")));
}

TEST(NextOptions, LeaveOtherCommandsAndOptionsAlone) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"routes", "--debug"},
                                                {"start", "--workers", "2", "--inspect"},
                                                {"--turbo"},
                                                {}}) {
    const auto line = without_next_options(words);
    EXPECT_EQ(line.words, words);
    EXPECT_THAT(line.notes, IsEmpty());
  }
}

TEST(NextOptions, ConvertHelpToAnOption) {
  EXPECT_THAT(without_next_options({"help"}).words, ElementsAre("--help"));
  EXPECT_THAT(without_next_options({"help", "dev"}).words, ElementsAre("dev", "--help"));
}

}  // namespace
}  // namespace millrace::cli
