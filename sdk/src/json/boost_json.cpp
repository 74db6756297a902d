// Compiles Boost.JSON into the library of the SDK: the symbols of Debian's archive are hidden, and
// routes need them.
#include <boost/json/src.hpp>
