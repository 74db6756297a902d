// A builder for tests: a shell script with the link at descriptor 3, which writes prepared
// responses without reading the requests.
#pragma once

#include <string>
#include <string_view>

#include "link/frame_encoder.hpp"
#include "workers/child_process.hpp"

namespace millrace::dev {

/// A frame escaped for a shell's printf.
inline std::string frame(link::Kind kind, std::string_view payload, bool end = true) {
  std::string bytes;
  link::append_frame(bytes, kind, 0, payload, end);
  std::string escaped;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    escaped += '\\';
    for (const int shift : {6, 3, 0}) escaped += static_cast<char>('0' + ((value >> shift) & 7));
  }
  return escaped;
}

/// The shell command that sends frames.
inline std::string print(const std::string& escaped) { return "printf '" + escaped + "' >&3; "; }

/// How to start the script.
inline workers::Launch shell(const std::string& script) {
  workers::Launch launch;
  launch.program = "/bin/sh";
  launch.arguments = {"-c", script};
  launch.environment = {"PATH=/usr/bin:/bin"};
  launch.working_directory = "/";
  return launch;
}

}  // namespace millrace::dev
