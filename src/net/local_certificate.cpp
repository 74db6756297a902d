#include "net/local_certificate.hpp"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "net/openssl_handles.hpp"
#include "net/tls_ticket_keys.hpp"

namespace millrace::net {

namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr long kDay = 24L * 3600;
/// Browsers refuse certificates that are valid for more than 398 days.
constexpr long kLifetime = 365 * kDay;

bool extend(X509* certificate, int what, const char* value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

/// Returns a certificate for the key; null where OpenSSL fails.
CertificateHandle make(EVP_PKEY* key) {
  CertificateHandle made(X509_new());
  X509* const certificate = made.get();
  std::uint64_t serial = 0;
  if (certificate == nullptr || RAND_bytes(reinterpret_cast<unsigned char*>(&serial), 7) != 1) {
    return nullptr;
  }
  X509_NAME* const name = X509_get_subject_name(certificate);
  constexpr std::string_view kName = "Millrace development server";
  const bool complete =
      X509_set_version(certificate, X509_VERSION_3) == 1 &&
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1 &&
      X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay) != nullptr &&
      X509_gmtime_adj(X509_getm_notAfter(certificate), kLifetime) != nullptr &&
      X509_set_pubkey(certificate, key) == 1 &&
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                 reinterpret_cast<const unsigned char*>(kName.data()),
                                 static_cast<int>(kName.size()), -1, 0) == 1 &&
      X509_set_issuer_name(certificate, name) == 1 &&
      extend(certificate, NID_subject_alt_name,
             "DNS:localhost,DNS:*.localhost,IP:127.0.0.1,IP:::1") &&
      // It can be trusted without giving its key the power to sign for other sites.
      extend(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
      extend(certificate, NID_key_usage, "critical,digitalSignature") &&
      extend(certificate, NID_ext_key_usage, "serverAuth") &&
      X509_sign(certificate, key, EVP_sha256()) > 0;
  if (!complete) made.reset();
  return made;
}

Result<void> write_file(const std::filesystem::path& path, BIO* content) {
  const base::UniqueFd file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(content, &bytes);
  if (!file || ::write(file.get(), bytes, static_cast<std::size_t>(size)) != size) {
    return Error::from_errno("cannot write " + path.string(), errno);
  }
  return {};
}

}  // namespace

Result<TlsCertificateFiles> local_certificate(const std::filesystem::path& folder) {
  TlsCertificateFiles files{.certificate = (folder / "localhost.pem").string(),
                            .key = (folder / "localhost.key").string()};
  const auto existing =
      TlsServer::load({.certificates = {files}}, std::make_shared<TlsTicketKeys>());
  if (existing && (*existing)->expires() > std::time(nullptr) + kDay) return files;
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  ERR_clear_error();
  const KeyHandle key(EVP_EC_gen("P-256"));
  const CertificateHandle certificate = key ? make(key.get()) : nullptr;
  const BioHandle key_text(BIO_new(BIO_s_mem()));
  const BioHandle certificate_text(BIO_new(BIO_s_mem()));
  if (!certificate || PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return Error(ErrorCode::system, "cannot make a certificate: " + last_openssl_error());
  }
  if (auto written = write_file(files.key, key_text.get()); !written) return written.error();
  if (auto written = write_file(files.certificate, certificate_text.get()); !written) {
    return written.error();
  }
  return files;
}

}  // namespace millrace::net
