// TestCertificate is a self-signed certificate, created for a test: the server's certificate and,
// as a file of roots, the one that its clients trust.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

namespace millrace::test {

class TestCertificate {
 public:
  /// `names`: the subject alternative names in OpenSSL's notation: "DNS:localhost,IP:127.0.0.1".
  explicit TestCertificate(const std::string& names);
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate();

  /// The path of a PEM file that exists as long as this object.
  [[nodiscard]] const std::string& file() const { return file_; }
  /// The context of a server with the certificate.
  [[nodiscard]] const std::shared_ptr<boost::asio::ssl::context>& server() const { return server_; }

 private:
  std::string file_;
  std::shared_ptr<boost::asio::ssl::context> server_;
};

}  // namespace millrace::test
