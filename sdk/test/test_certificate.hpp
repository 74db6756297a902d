// TestCertificate is one that signs itself, made anew for a test: a server's and, as a file of
// roots, what its clients trust.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace millrace::test {

class TestCertificate {
 public:
  /// `names`: whom it is for, in OpenSSL's words: "DNS:localhost,IP:127.0.0.1".
  explicit TestCertificate(const std::string& names);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  /// Path to a PEM file, as long as this lives.
  [[nodiscard]] const std::string& file() const { return file_; }
  /// For a server.
  [[nodiscard]] const std::shared_ptr<boost::asio::ssl::context>& server() const { return server_; }

 private:
  std::string file_;
  std::shared_ptr<boost::asio::ssl::context> server_;
};

}  // namespace millrace::test
