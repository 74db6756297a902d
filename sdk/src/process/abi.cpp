#include "millrace/abi.hpp"

extern "C" const unsigned millrace_sdk_abi = millrace::kAbiVersion;
