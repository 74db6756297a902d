// Makes certificates for tests: for given names, signed by themselves or by an authority.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "net/openssl_handles.hpp"

namespace millrace::net {

struct MadeCertificate {
  CertificateHandle certificate;
  KeyHandle key;
};

enum class KeyKind : std::uint8_t { ecdsa, rsa };

/// `names`: as in a configuration of OpenSSL: "DNS:a.example,DNS:*.b.example". Signed by `authority`;
/// by itself where that is null.
inline MadeCertificate make_certificate(const std::string& names, KeyKind kind = KeyKind::ecdsa,
                                        const MadeCertificate* authority = nullptr) {
  MadeCertificate made;
  made.key.reset(kind == KeyKind::rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  static long serial = 0;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 3600);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* const name = X509_get_subject_name(certificate);
  const std::string common = "test " + std::to_string(serial);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.data()), -1, -1, 0);
  X509_set_issuer_name(certificate, authority == nullptr
                                        ? name
                                        : X509_get_subject_name(authority->certificate.get()));
  const auto extend = [certificate](int what, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  };
  if (!names.empty()) extend(NID_subject_alt_name, names);
  if (authority == nullptr) extend(NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate, authority == nullptr ? made.key.get() : authority->key.get(),
            EVP_sha256());
  return made;
}

/// Writes NAME.pem and NAME.key into `folder`.
inline void write_certificate(const MadeCertificate& made, const std::filesystem::path& folder,
                              const std::string& name) {
  using File = std::unique_ptr<std::FILE, OpensslDeleter<std::fclose>>;
  const File certificate(std::fopen((folder / (name + ".pem")).c_str(), "w"));
  PEM_write_X509(certificate.get(), made.certificate.get());
  const File key(std::fopen((folder / (name + ".key")).c_str(), "w"));
  PEM_write_PrivateKey(key.get(), made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
}

}  // namespace millrace::net
