// TlsEndpoint gives the server its certificates: it reads the files that [tls] of millrace.toml names,
// reads them again when they change, and rotates the keys of session tickets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/event_loop.hpp"
#include "net/timer.hpp"
#include "net/tls_server.hpp"
#include "net/tls_ticket_keys.hpp"
#include "observe/log.hpp"
#include "project/settings.hpp"

namespace millrace::serving {

/// Belongs to the loop's thread. Established connections keep the certificate that they began with.
class TlsEndpoint {
 public:
  /// Receives the certificates for the next connections.
  using OnLoaded = std::function<void(std::shared_ptr<const net::TlsServer>)>;

  /// How often the files are examined.
  static constexpr std::chrono::seconds kInterval{2};

  /// `loop` and `log` outlive the endpoint. `root`: the folder for relative paths.
  TlsEndpoint(net::EventLoop& loop, std::filesystem::path root, observe::Log& log,
              OnLoaded on_loaded);

  /// Loads the certificates of `settings`, and again whenever a file changes; does nothing where
  /// there are none. Error: a file is missing or not valid; what was loaded before stays. Missing
  /// certificates are no error where `settings` has a folder for ACME challenges. `http2`: whether
  /// clients are offered HTTP/2.
  [[nodiscard]] base::Result<void> apply(const project::TlsSettings& settings, bool http2);

  /// The keys of session tickets, for a successor.
  [[nodiscard]] std::string ticket_keys() const { return tickets_->to_text(); }
  /// Uses the keys of a predecessor, so that its clients resume their sessions.
  void take_ticket_keys(const std::string& text) { static_cast<void>(tickets_->take(text)); }

 private:
  /// What tells a changed file from the one that was loaded; all 0 for a file that is missing.
  struct Mark {
    std::uint64_t file = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    std::int64_t size = 0;

    bool operator==(const Mark&) const = default;
  };
  using Marks = std::vector<Mark>;

  [[nodiscard]] Marks marks() const;
  [[nodiscard]] base::Result<void> load();
  void examine();
  /// Warns, once for each, of a certificate that ends soon.
  void note_end(const net::TlsServer& loaded);

  std::filesystem::path root_;
  observe::Log& log_;
  OnLoaded on_loaded_;
  std::shared_ptr<net::TlsTicketKeys> tickets_ = std::make_shared<net::TlsTicketKeys>();
  net::TlsServerOptions options_;
  /// Of the last attempt to load.
  Marks seen_;
  net::Timer timer_;
};

/// The certificates that the settings name, with absolute paths.
[[nodiscard]] net::TlsServerOptions tls_options(const project::TlsSettings& settings,
                                                const std::filesystem::path& root);

}  // namespace millrace::serving
