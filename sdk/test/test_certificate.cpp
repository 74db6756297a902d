#include "test_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

namespace millrace::test {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&::X509_free)>;

void require(bool holds) {
  if (!holds) throw std::runtime_error("OpenSSL made no certificate");
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, decltype(&::X509_EXTENSION_free)> extension(
      ::X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()), &::X509_EXTENSION_free);
  require(extension && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& names) {
  constexpr long kDay = 24 * 60 * 60;
  Certificate certificate(::X509_new(), &::X509_free);
  require(certificate && ::X509_set_version(certificate.get(), X509_VERSION_3) == 1);
  ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate.get()), 1);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), -kDay);
  ::X509_gmtime_adj(::X509_getm_notAfter(certificate.get()), kDay);
  require(::X509_set_pubkey(certificate.get(), key) == 1);
  X509_NAME* const name = ::X509_get_subject_name(certificate.get());
  const auto* const text = reinterpret_cast<const unsigned char*>("Test");
  require(::X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1);
  require(::X509_set_issuer_name(certificate.get(), name) == 1);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_subject_alt_name, names);
  require(::X509_sign(certificate.get(), key, ::EVP_sha256()) != 0);
  return certificate;
}

/// Writes a new file with the certificate; returns its path.
std::string write_file(X509* certificate) {
  std::string path = testing::TempDir() + "millrace-test-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  require(descriptor >= 0);
  std::FILE* const file = ::fdopen(descriptor, "w");
  require(file != nullptr && ::PEM_write_X509(file, certificate) == 1);
  require(std::fclose(file) == 0);
  return path;
}

}  // namespace

TestCertificate::TestCertificate(const std::string& names)
    : server_(std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server)) {
  const Key key(EVP_EC_gen("P-256"), &::EVP_PKEY_free);
  require(key != nullptr);
  const Certificate certificate = make_certificate(key.get(), names);
  require(::SSL_CTX_use_certificate(server_->native_handle(), certificate.get()) == 1);
  require(::SSL_CTX_use_PrivateKey(server_->native_handle(), key.get()) == 1);
  file_ = write_file(certificate.get());
}

TestCertificate::~TestCertificate() { ::unlink(file_.c_str()); }

}  // namespace millrace::test
