#include "gateway/service.hpp"

#include <memory>
#include <utility>

#include "cache/data_request.hpp"
#include "gateway/site.hpp"
#include "workers/role.hpp"

namespace millrace::gateway {

Service::Service(net::EventLoop& loop, ServiceOptions options, observe::Log& log)
    : options_(std::move(options)),
      log_(log),
      data_cache_(tag_marks_),
      pool_(loop, workers::kNodeWorker, options_.launch, options_.pool, *this),
      responses_(pool_, tag_marks_),
      server_(loop, pool_, responses_, options_.limits, log) {}

Service::~Service() = default;

void Service::deploy(project::Manifest manifest, const std::filesystem::path& manifest_file,
                     std::string environment_changes) {
  const workers::Load load{.generation = ++generation_,
                           .manifest = manifest_file.string(),
                           .root = options_.root.string(),
                           .mode = options_.development ? "development" : "production",
                           .environment_json = std::move(environment_changes)};
  // What an earlier build's code kept need not be what this one's expects.
  tag_marks_.clear();
  data_cache_.restart(manifest.config.cache_max_memory_size);
  responses_.restart(manifest.config.cache_max_memory_size);
  if (generation_ == 1) {
    pool_.start(load);
  } else {
    pool_.load(load);
  }
  server_.serve(std::make_shared<const Site>(generation_, std::move(manifest), options_.root,
                                             manifest_file.parent_path(), options_.development));
}

void Service::fail(std::string text) { server_.serve(Site::broken(std::move(text))); }

void Service::shut_down(std::function<void()> on_done) {
  on_done_ = std::move(on_done);
  server_.shut_down([this] { pool_.drain(); });
}

void Service::on_generation_ready(std::uint32_t /*generation*/) {}

void Service::on_pool_log(link::LogLevel level, std::string_view text) {
  switch (level) {
    case link::LogLevel::debug:
      return log_.pass_on(observe::Level::debug, text);
    case link::LogLevel::info:
      return log_.pass_on(observe::Level::info, text);
    case link::LogLevel::warn:
      return log_.pass_on(observe::Level::warn, text);
    case link::LogLevel::error:
      return log_.pass_on(observe::Level::error, text);
  }
}

bool Service::on_cache_request(std::string_view request, workers::CacheReply reply) {
  auto answer = cache::answer_request(data_cache_, request, net::Clock::now());
  if (!answer) return false;
  if (answer->refresh) {
    const cache::RefreshRequest& asked = *answer->refresh;
    responses_.refresh(server_.site(), asked.path, asked.only_kept,
                       [asked, reply = std::move(reply)](int status) {
                         reply(cache::refresh_answer(asked, status));
                       });
  } else {
    reply(answer->text);
  }
  return true;
}

void Service::on_pool_drained() { on_done_(); }

}  // namespace millrace::gateway
