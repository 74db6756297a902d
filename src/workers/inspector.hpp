// The debugger of Node.js (`--inspect`) for workers: each that runs at a time gets a port of its own,
// counted up from the one that was asked for, and gives it back when it has ended.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millrace::workers {

/// Where a debugger is to connect.
struct InspectorAddress {
  /// "--inspect", "--inspect-brk" or "--inspect-wait".
  std::string flag = "--inspect";
  /// Empty: Node.js's own, 127.0.0.1.
  std::string host;
  /// 0: a free one each.
  std::uint16_t port = 9229;
};

/// Reads "", "9230", "0.0.0.0:9230" or "[::1]:9230"; nothing where `text` is no such address.
[[nodiscard]] std::optional<InspectorAddress> parse_inspector_address(std::string_view text);

/// Takes what asks for a debugger out of NODE_OPTIONS' text, so that only workers get it. Nothing
/// where nothing does. Error: the address cannot be read.
[[nodiscard]] base::Result<std::optional<InspectorAddress>> take_inspector(
    std::string& node_options);

/// The ports of one server's workers. Belongs to the loop's thread.
class Inspector : public std::enable_shared_from_this<Inspector> {
 public:
  explicit Inspector(InspectorAddress address) : address_(std::move(address)) {}

  /// A worker's place; given back when it is destroyed.
  class Lease {
   public:
    Lease(std::shared_ptr<Inspector> of, std::size_t place) : of_(std::move(of)), place_(place) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { of_->taken_[place_] = false; }

    /// For Node.js: "--inspect=127.0.0.1:9230".
    [[nodiscard]] std::string flag() const;

   private:
    std::shared_ptr<Inspector> of_;
    std::size_t place_;
  };

  /// The first place that nobody has.
  [[nodiscard]] std::unique_ptr<Lease> take();

 private:
  InspectorAddress address_;
  /// By place.
  std::vector<bool> taken_;
};

}  // namespace millrace::workers
