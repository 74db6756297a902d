// What the server loads when a pool has `inline = true`: it makes workers that run in its process.
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "inline_worker.hpp"
#include "millrace/env.hpp"

/// `environment`: "NAME=value" each, which the routes see. The caller owns what is returned.
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
