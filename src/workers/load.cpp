#include "workers/load.hpp"

#include <boost/json.hpp>
#include <utility>

namespace millrace::workers {

std::string load_payload(const Load& load) {
  boost::json::object object{{"generation", load.generation},
                             {"manifest", load.manifest},
                             {"root", load.root},
                             {"mode", load.mode}};
  if (!load.environment_json.empty()) {
    // Env files can contain bytes that are not UTF-8.
    boost::json::parse_options options;
    options.allow_invalid_utf8 = true;
    boost::system::error_code error;
    boost::json::value environment =
        boost::json::parse(load.environment_json, error, boost::json::storage_ptr(), options);
    if (!error) object["env"] = std::move(environment);
  }
  if (load.follows_requests) object["followsRequests"] = true;
  if (load.eager) {
    object["eager"] = true;
    // Code of other pools must not run in this pool's workers: a worker may be the server process
    // itself.
    boost::json::array own;
    for (std::size_t i = 0; i < load.routes->size(); ++i) {
      if ((*load.routes)[i].pool == load.pool) own.emplace_back(i);
    }
    object["routes"] = std::move(own);
  }
  return boost::json::serialize(object);
}

}  // namespace millrace::workers
