#include "gateway/edge.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "gateway/client_certificate.hpp"
#include "gateway/testing/no_descriptors.hpp"
#include "http/fields.hpp"
#include "project/test_folder.hpp"

namespace millrace::gateway {
namespace {

TEST(Edge, FindsChallengesOfTheFolderOnly) {
  const project::TestFolder folder;
  folder.write("acme/.well-known/acme-challenge/to-ken_1", "to-ken_1.thumbprint");
  folder.write("acme/.well-known/secret", "secret");
  std::filesystem::create_directory(folder.path() / "acme/.well-known/acme-challenge/folder");
  std::filesystem::create_symlink(folder.path() / "acme/.well-known/secret",
                                  folder.path() / "acme/.well-known/acme-challenge/link");
  const EdgeOptions options{.challenges = folder.path() / "acme"};
  const std::string prefix = "/.well-known/acme-challenge/";
  const auto found = find_challenge(options, prefix + "to-ken_1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->text, "to-ken_1.thumbprint");
  for (const char* const name :
       {"absent", "", "../secret", "..%2fsecret", ".", "folder", "link", "to-ken_1?a", "a/b"}) {
    const auto other = find_challenge(options, prefix + name);
    ASSERT_TRUE(other) << name;
    EXPECT_FALSE(other->text) << name;
  }
  EXPECT_FALSE(find_challenge(options, "/.well-known/secret"));
  EXPECT_FALSE(find_challenge({}, prefix + "to-ken_1"));
}

TEST(Edge, WithoutADescriptorAChallengeIsNotAbsent) {
  const project::TestFolder folder;
  folder.write("acme/.well-known/acme-challenge/token", "token.thumbprint");
  const EdgeOptions options{.challenges = folder.path() / "acme"};
  bool exhausted = false;
  {
    const NoDescriptors none;
    const auto found = find_challenge(options, "/.well-known/acme-challenge/token");
    exhausted = found && found->exhausted && !found->text;
  }
  EXPECT_TRUE(exhausted);
  EXPECT_FALSE(find_challenge(options, "/.well-known/acme-challenge/other")->exhausted);
}

TEST(Edge, RedirectsToTheSameTargetOverHttps) {
  http::RequestHead head;
  head.method = "GET";
  head.target = "/a?b";
  head.fields = "Host: a.example:80\r\n";
  EXPECT_EQ(https_location({}, head), "https://a.example/a?b");
  EXPECT_EQ(https_location({.https_port = 8443}, head), "https://a.example:8443/a?b");
  head.fields = "Host: [::1]:80\r\n";
  EXPECT_EQ(https_location({}, head), "https://[::1]/a?b");
  head.target = "*";
  EXPECT_EQ(https_location({}, head), "https://[::1]");
  // Only HTTP/1.0 may have none.
  head.fields = "";
  EXPECT_FALSE(https_location({}, head));
}

TEST(Edge, AddsTheClientsCertificate) {
  ClientCertificate certificate(std::string_view("\x30\x03\x02\x01\x01", 5));
  http::RequestHead head;
  head.method = "GET";
  head.target = "/";
  head.fields = "Host: a\r\n";
  EXPECT_EQ(certificate.add_to(head).fields, "Host: a\r\nClient-Cert: :MAMCAQE=:\r\n");
  EXPECT_EQ(certificate.add_to(head).target, "/");
  EXPECT_TRUE(is_removed_beside_certificates("Client-Cert"));
  EXPECT_TRUE(is_removed_beside_certificates("client-cert-chain"));
  EXPECT_TRUE(is_removed_beside_certificates("x-middleware-rewrite"));
  EXPECT_FALSE(is_removed_beside_certificates("client"));
}

}  // namespace
}  // namespace millrace::gateway
