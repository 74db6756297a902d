// Chooses the locale that a client prefers, from the field Accept-Language and the locales of the
// project, with Next.js's rules for prefixes, qualities and "*".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace millrace::routing {

/// Returns that of `locales` which `field`, the value of Accept-Language, prefers; empty if it names none
/// of them, or is invalid. A language stands for the first locale that begins with it: "nl" for
/// "nl-NL".
[[nodiscard]] std::string_view preferred_locale(std::string_view field,
                                                std::span<const std::string> locales);

}  // namespace millrace::routing
