// The metrics page of a server: what it has counted, and the state of its workers at this moment, as
// text for Prometheus.
#pragma once

#include <string>

#include "metrics/text_page.hpp"
#include "serving/service.hpp"

namespace millrace::serving {

/// Returns the page. Reads the memory of each worker from the kernel.
[[nodiscard]] std::string metrics_page(Service& service, metrics::TextFormat format);

}  // namespace millrace::serving
