#include "http/content_coding.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"

namespace millrace::http {

namespace {

constexpr std::array kAllCodings = {Coding::identity, Coding::gzip, Coding::deflate, Coding::zstd,
                                    Coding::br};

/// Returns the weight of one list item in thousandths; nothing where it cannot be parsed.
std::optional<int> weight_of(std::string_view parameters) {
  const std::string_view text = base::trim(parameters);
  if (text.empty()) return 1000;
  if (text.size() < 3 || base::to_lower(text[0]) != 'q' || text[1] != '=') return 1000;
  int weight = text[2] == '1' ? 1000 : 0;
  if (text[2] != '0' && text[2] != '1') return std::nullopt;
  int unit = 100;
  for (std::size_t at = 4; at < text.size() && unit > 0; ++at, unit /= 10) {
    if (text[at] < '0' || text[at] > '9') return std::nullopt;
    if (weight < 1000) weight += (text[at] - '0') * unit;
  }
  return weight;
}

/// Calls `take(name, weight)` for each item of an Accept-Encoding field that can be parsed.
template <typename Take>
void each_accepted(std::string_view accept_encoding, const Take& take) {
  while (!accept_encoding.empty()) {
    const std::size_t end = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, end);
    accept_encoding.remove_prefix(std::min(end + 1, accept_encoding.size()));
    const std::size_t mark = std::min(item.find(';'), item.size());
    const auto weight = weight_of(item.substr(std::min(mark + 1, item.size())));
    if (weight) take(base::trim(item.substr(0, mark)), *weight);
  }
}

/// What a client says about a coding by an item of its field; RFC 9110 §8.4.1.3 keeps an old name of
/// gzip.
std::optional<Coding> named_coding(std::string_view name) {
  if (base::equals_ignoring_case(name, "x-gzip")) return Coding::gzip;
  const auto* const found = std::find_if(
      kAllCodings.begin(), kAllCodings.end(),
      [name](Coding coding) { return base::equals_ignoring_case(name, to_string(coding)); });
  return found == kAllCodings.end() ? std::nullopt : std::optional(*found);
}

/// The weights of an Accept-Encoding field in thousandths.
struct AcceptedCodings {
  explicit AcceptedCodings(std::string_view field) {
    each_accepted(field, [this](std::string_view name, int weight) {
      if (const auto coding = named_coding(name)) of(*coding) = weight;
      if (name == "*") any = weight;
    });
  }
  [[nodiscard]] std::optional<int>& of(Coding coding) {
    return named.at(static_cast<std::size_t>(coding));
  }
  [[nodiscard]] int weight(Coding coding) { return of(coding).value_or(any.value_or(0)); }

  std::array<std::optional<int>, kAllCodings.size()> named;
  /// Of all codings that are not named.
  std::optional<int> any;
};

}  // namespace

std::string_view to_string(Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return "gzip";
    case Coding::deflate:
      return "deflate";
    case Coding::zstd:
      return "zstd";
    case Coding::br:
      return "br";
    case Coding::identity:
      break;
  }
  return "identity";
}

std::optional<Coding> coding_of(std::string_view name) {
  const auto* const found =
      std::find_if(kAllCodings.begin(), kAllCodings.end(),
                   [name](Coding coding) { return name == to_string(coding); });
  return found == kAllCodings.end() ? std::nullopt : std::optional(*found);
}

Coding negotiate_coding(std::string_view accept_encoding) {
  std::optional<int> gzip;
  std::optional<int> deflate;
  std::optional<int> identity;
  std::optional<int> any;
  each_accepted(accept_encoding, [&](std::string_view name, int weight) {
    if (base::equals_ignoring_case(name, "gzip")) gzip = weight;
    if (base::equals_ignoring_case(name, "deflate")) deflate = weight;
    if (base::equals_ignoring_case(name, "identity")) identity = weight;
    if (name == "*") any = weight;
  });
  const int gzip_weight = gzip.value_or(any.value_or(0));
  const int deflate_weight = deflate.value_or(any.value_or(0));
  if (gzip_weight == 0 && deflate_weight == 0) return Coding::identity;
  // A client that prefers identity gets it.
  if (identity && *identity > std::max(gzip_weight, deflate_weight)) return Coding::identity;
  return gzip_weight > 0 ? Coding::gzip : Coding::deflate;
}

Coding negotiate_coding(std::string_view accept_encoding, std::span<const Coding> order,
                        CodingSet available) {
  AcceptedCodings accepted(accept_encoding);
  Coding best = Coding::identity;
  int most = 0;
  for (const Coding coding : order) {
    const int weight = accepted.weight(coding);
    if (weight <= most || !available.has(coding)) continue;
    best = coding;
    most = weight;
  }
  // Identity is always acceptable, but preferred only where the client names it.
  return accepted.of(Coding::identity).value_or(0) > most ? Coding::identity : best;
}

bool refuses_identity(std::string_view accept_encoding) {
  AcceptedCodings accepted(accept_encoding);
  return accepted.of(Coding::identity).value_or(accepted.any.value_or(1)) == 0;
}

}  // namespace millrace::http
