// The systemd journal as the reader of a process's output: a prefix tells it the priority of a line
// (sd-daemon(3)).
#pragma once

#include <string>
#include <string_view>

namespace millrace::observe {

/// Returns whether `descriptor` is the stream that JOURNAL_STREAM names ("device:inode"). `variable`
/// is the variable's value, or null.
[[nodiscard]] bool goes_to_journal(int descriptor, const char* variable);

/// Inserts "<priority>" before each line of `text`, which ends with a newline.
[[nodiscard]] std::string with_priority(std::string_view text, char priority);

}  // namespace millrace::observe
