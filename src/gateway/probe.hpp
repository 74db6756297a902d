// Probe sends one request to a build before it is promoted, as a client would, to check that it
// serves (millrace.toml, [server] probe).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "gateway/site.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

/// One request to a route of a site. Belongs to the loop's thread.
class Probe final : private workers::Invocation::Observer {
 public:
  /// `done` is called once, from the loop: with an error unless the route responds with a status of
  /// at least 200 and below 500. `path`: with basePath, as a client would request it. Destroying
  /// the probe aborts it without a call.
  Probe(std::shared_ptr<const Site> site, std::string path,
        std::function<void(base::Result<void>)> done);
  ~Probe() override;

  /// Sends the request. Error where no route matches the path or no worker takes the request;
  /// `done` is not called then.
  [[nodiscard]] base::Result<void> start();

 private:
  void on_response(const link::ResponseView& response, bool end) override;
  void on_body(std::string_view /*bytes*/, bool /*end*/) override {}
  void on_writable() override {}
  void on_failed(workers::Failure failure) override;
  [[nodiscard]] base::Error failed(const std::string& found) const;

  std::shared_ptr<const Site> site_;
  std::string path_;
  std::string parameters_;
  std::function<void(base::Result<void>)> done_;
  workers::Invocation invocation_;
};

}  // namespace millrace::gateway
