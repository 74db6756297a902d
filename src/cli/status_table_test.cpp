#include "cli/status_table.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace millrace::cli {
namespace {

std::string table_of(const serving::ServerStatus& server) {
  std::ostringstream out;
  print_status(server, out);
  return out.str();
}

TEST(StatusTable, ShowsWorkersRoutesAndPools) {
  serving::WorkerStatus worker{.pid = 2187,
                               .state = "ready",
                               .why = "",
                               .in_flight = 14,
                               .streaming = 12,
                               .requests = 51'204,
                               .rss = 64'000'000,
                               .heap_used = 0,
                               .lag_us = 110,
                               .utilization = 0.12,
                               .age_ms = 190'000};
  serving::WorkerStatus leaking = worker;
  leaking.pid = 9;
  leaking.why = "262 MB resident";
  serving::PoolStatus pool{
      .name = "default",
      .wanted = 1,
      .min = 1,
      .max = 2,
      .queued = 0,
      .deaths = 1,
      .last_death = "exit code 0",
      .workers = {worker, leaking},
      .routes = {{.path = "/api/a", .requests = 2, .cpu_us = 620, .kept_bytes = 1536}}};
  EXPECT_EQ(table_of({.pid = 2181, .port = 3000, .build = "34", .rss = 11 << 20, .pools = {pool}}),
            "server 2181 on port 3000, build 34, 11 MB\n\n"
            "  PID   POOL     STATE  OPEN  STREAMS  REQUESTS  MEMORY  LAG     BUSY  AGE\n"
            "  2187  default  ready  14    12       51204     61 MB   0.1 ms  12 %  3 min\n"
            "  9     default  ready  14    12       51204     61 MB   0.1 ms  12 %  3 min\n\n"
            "  ROUTE   REQUESTS  CPU/REQ  RETAINED/REQ\n"
            "  /api/a  2         310 us   1.5 KB\n\n"
            "  pool default: workers: 1 (min 1, max 2), queue: 0, deaths: 1 (last: exit code 0)\n"
            "  worker 9 is being replaced: 262 MB resident\n");
}

TEST(StatusTable, ShowsTenRoutesPerPool) {
  serving::PoolStatus pool;
  for (int i = 0; i < 11; ++i) pool.routes.emplace_back().path = "/" + std::to_string(i);
  serving::ServerStatus server;
  server.pools = {pool};
  const std::string text = table_of(server);
  EXPECT_NE(text.find("/9"), std::string::npos);
  EXPECT_EQ(text.find("/10"), std::string::npos);
}

}  // namespace
}  // namespace millrace::cli
