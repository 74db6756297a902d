// The Node.js debugger (`--inspect`) for workers. Each running worker gets a port of its own,
// counted up from the requested one, and releases it when it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// The address that a debugger connects to.
struct InspectorAddress {
  /// "--inspect", "--inspect-brk" or "--inspect-wait".
  std::string flag = "--inspect";
  /// Empty: Node.js's default, 127.0.0.1.
  std::string host;
  /// 0: a free port for each worker.
  std::uint16_t port = 9229;
};

/// Parses "", "9230", "0.0.0.0:9230" or "[::1]:9230"; returns nullopt if `text` is not such an
/// address.
[[nodiscard]] std::optional<InspectorAddress> parse_inspector_address(std::string_view text);

/// Removes the debugger options from the text of NODE_OPTIONS, so that only workers get them.
/// Returns nullopt if there are none. Error: the address cannot be parsed.
[[nodiscard]] base::Result<std::optional<InspectorAddress>> take_inspector(
    std::string& node_options);

/// The ports of one server's workers. Belongs to the loop's thread.
class Inspector : public std::enable_shared_from_this<Inspector> {
 public:
  explicit Inspector(InspectorAddress address) : address_(std::move(address)) {}

  /// A worker's port; released on destruction.
  class Lease {
   public:
    Lease(std::shared_ptr<Inspector> of, std::size_t place) : of_(std::move(of)), place_(place) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { of_->taken_[place_] = false; }

    /// Returns the option for Node.js: "--inspect=127.0.0.1:9230".
    [[nodiscard]] std::string flag() const;

   private:
    std::shared_ptr<Inspector> of_;
    std::size_t place_;
  };

  /// Takes the first free port.
  [[nodiscard]] std::unique_ptr<Lease> take();

 private:
  InspectorAddress address_;
  /// By offset from the first port.
  std::vector<bool> taken_;
};

}  // namespace millrace::workers
