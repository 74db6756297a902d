// The module that the server loads for a pool with `inline = true`: creates workers in its process.
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "inline_worker.hpp"
#include "millrace/env.hpp"

/// `environment`: "NAME=value" each, visible to the routes. The caller owns the returned worker.
extern "C" __attribute__((visibility("default"))) millrace::workers::InlinePeer*
millrace_make_inline_worker(boost::asio::io_context* context, std::function<void()>* has_frames,
                            const std::vector<std::string>* environment) {
  for (const std::string& line : *environment) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    millrace::detail::set_env(line.substr(0, equals), line.substr(equals + 1));
  }
  return std::make_unique<millrace::native::InlineWorker>(*context, std::move(*has_frames))
      .release();
}
