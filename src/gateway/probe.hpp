// A probe asks a build that is about to take over for one path, as a client would, before any client
// can: the optional last word on whether it serves.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "gateway/site.hpp"
#include "workers/invocation.hpp"

namespace millrace::gateway {

/// One request to a site's route. Belongs to the loop's thread.
class Probe final : private workers::Invocation::Observer {
 public:
  /// Calls `done` once, from the loop: an error unless the route answers with a status below 500.
  /// `path`: with base path, as a client would ask. Destroying it ends it without a call.
  Probe(std::shared_ptr<const Site> site, std::string path,
        std::function<void(base::Result<void>)> done);
  ~Probe() override;

  /// Asks; an error where no route has the path, or no worker takes the request: then `done` is not
  /// called.
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
