#include "routing/path.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "base/ascii.hpp"
#include "routing/query.hpp"
#include "routing/url_text.hpp"

namespace millrace::routing {

namespace {

using Outcome = PathResult::Outcome;

/// How a byte of a path is treated.
enum class ByteKind : std::uint8_t { plain, slash, encode, dot_or_escape };

constexpr std::array<ByteKind, 256> byte_kinds() {
  std::array<ByteKind, 256> kinds{};
  for (std::size_t byte = 0; byte < kinds.size(); ++byte) {
    if (is_path_encoded(static_cast<unsigned char>(byte))) kinds[byte] = ByteKind::encode;
  }
  kinds['/'] = ByteKind::slash;
  kinds['.'] = kinds['%'] = ByteKind::dot_or_escape;
  return kinds;
}

constexpr std::array<ByteKind, 256> kByteKinds = byte_kinds();

/// Returns whether the URL standard's parser would leave the path unchanged.
bool is_settled(std::string_view path) {
  bool at_segment = false;
  for (std::size_t at = 0; at < path.size(); ++at) {
    switch (kByteKinds[static_cast<unsigned char>(path[at])]) {
      case ByteKind::plain:
        at_segment = false;
        break;
      case ByteKind::slash:
        at_segment = true;
        break;
      case ByteKind::encode:
        return false;
      case ByteKind::dot_or_escape:
        if (at_segment && dots_of(segment_at(path, at)) != 0) return false;
        at_segment = false;
        break;
    }
  }
  return true;
}

/// Returns the path of "http://host/path" (RFC 9112 §3.2.2); empty where `target` is not in
/// absolute form.
std::string_view path_of_absolute(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!base::equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t begin = target.find_first_of("/?#", scheme.size());
    if (begin == std::string_view::npos) return "/";
    return target.substr(begin);
  }
  return {};
}

PathResult redirect(const std::string& location) {
  return {
      .outcome = Outcome::redirect, .path = {}, .full_path = {}, .query = {}, .location = location};
}

/// Redirects hello//world and hello\world to hello/world, before any other check.
PathResult redirect_repeated_slashes(std::string_view target, std::size_t query_mark,
                                     std::string& scratch) {
  std::string mended;
  mended.reserve(target.size());
  for (const char c : target.substr(0, query_mark)) {
    const char slash = c == '\\' ? '/' : c;
    if (slash != '/' || mended.empty() || mended.back() != '/') mended.push_back(slash);
  }
  if (query_mark != std::string_view::npos) {
    const std::string_view query = target.substr(query_mark);
    // Next.js drops a query that is empty up to a second "?".
    if (query.size() > 1 && query[1] != '?') mended.append(query);
  }
  scratch.clear();
  append_url(scratch, mended);
  return redirect(scratch);
}

/// Returns whether the last segment looks like a file name: a dot, then letters, digits or
/// underscores.
bool names_file(std::string_view segment) {
  const std::size_t dot = segment.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == segment.size()) return false;
  for (const char c : segment.substr(dot + 1)) {
    const char lower = base::to_lower(c);
    if (!(lower >= 'a' && lower <= 'z') && !(c >= '0' && c <= '9') && c != '_') return false;
  }
  return true;
}

enum class SlashRepair : std::uint8_t { none, add, remove };

SlashRepair slash_repair(std::string_view path, bool trailing_slash) {
  if (path == "/") return SlashRepair::none;
  const bool ends_in_slash = path.back() == '/';
  if (!trailing_slash) return ends_in_slash ? SlashRepair::remove : SlashRepair::none;
  // Paths below this prefix (RFC 8615) are not redirected.
  constexpr std::string_view kWellKnown = "/.well-known";
  if (base::equals_ignoring_case(path.substr(0, kWellKnown.size()), kWellKnown)) {
    return SlashRepair::none;
  }
  if (ends_in_slash) path.remove_suffix(1);
  const std::string_view last = path.substr(path.rfind('/') + 1);
  if (ends_in_slash) return names_file(last) ? SlashRepair::remove : SlashRepair::none;
  return last.find('.') == std::string_view::npos ? SlashRepair::add : SlashRepair::none;
}

PathResult redirect_slash(SlashRepair repair, std::string_view path, std::string_view query,
                          std::string& scratch) {
  // A copy, since `path` may point into the scratch.
  std::string location(path);
  if (repair == SlashRepair::add) {
    location.push_back('/');
  } else {
    location.pop_back();
  }
  append_canonical_query(location, query);
  scratch = std::move(location);
  return redirect(scratch);
}

/// Returns the path without the segment after basePath, if that is the default locale in any case; empty
/// for another path.
std::string without_default_locale(std::string_view path, const PathRules& rules,
                                   std::string_view locale) {
  const std::string_view base_path = rules.base_path;
  if (locale.empty() || !path.starts_with(base_path)) return {};
  std::string_view rest = path.substr(base_path.size());
  if (!rest.starts_with('/') ||
      !base::equals_ignoring_case(rest.substr(1, rest.find('/', 1) - 1), locale)) {
    return {};
  }
  rest.remove_prefix(locale.size() + 1);
  // The home page of a project with basePath has the slash of the request only if slashes are added.
  if (rest.size() <= 1 && !base_path.empty()) {
    return std::string(base_path).append(rest.empty() || !rules.trailing_slash ? "" : "/");
  }
  return std::string(base_path).append(rest.empty() ? "/" : rest);
}

}  // namespace

PathResult normalise(std::string_view target, const PathRules& rules, std::string& scratch,
                     std::string_view default_locale) {
  if (target.empty() || target.front() != '/') {
    const std::string_view path = path_of_absolute(target);
    if (path.empty())
      return {.outcome = Outcome::bad_request,
              .path = {},
              .full_path = {},
              .query = {},
              .location = {}};
    target = path;
  }
  const std::size_t query_mark = target.find('?');
  const std::string_view head = target.substr(0, query_mark);
  if (head.find("//") != std::string_view::npos || head.find('\\') != std::string_view::npos) {
    return redirect_repeated_slashes(target, query_mark, scratch);
  }
  const UrlParts parts = split_url(target);
  std::string_view path = parts.path;
  if (path.empty()) path = "/";
  if (!is_settled(path)) {
    scratch.clear();
    append_path(scratch, path);
    path = scratch;
  }
  const std::string plain = without_default_locale(path, rules, default_locale);
  const std::string_view slashed = plain.empty() ? path : std::string_view(plain);
  const SlashRepair repair = rules.skip_trailing_slash_redirect
                                 ? SlashRepair::none
                                 : slash_repair(slashed, rules.trailing_slash);
  if (repair != SlashRepair::none) return redirect_slash(repair, slashed, parts.query, scratch);

  const std::string_view full_path = path;
  const std::string_view base_path = rules.base_path;
  if (!base_path.empty()) {
    if (!is_below(path, base_path))
      return {.outcome = Outcome::outside,
              .path = {},
              .full_path = path,
              .query = parts.query,
              .location = {}};
    path.remove_prefix(base_path.size());
    if (path.empty()) path = "/";
  }
  if (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return {.outcome = Outcome::route,
          .path = path,
          .full_path = full_path,
          .query = parts.query,
          .location = {}};
}

bool decodes_as_utf8(std::string_view text) {
  Utf8Check check;
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '%') {
      if (at + 2 >= text.size()) return false;
      const int high = base::hex_digit(text[at + 1]);
      const int low = base::hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return false;
      byte = static_cast<unsigned char>(high * 16 + low);
      at += 2;
    }
    if (!check.take(byte)) return false;
  }
  return check.complete();
}

}  // namespace millrace::routing
