# Finds the libraries of Debian that Millrace uses. With MILLRACE_PORTABLE they are linked into the
# executable, so that a machine needs none of them: only glibc. The names of the targets are the same
# in both cases.

find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

if(MILLRACE_PORTABLE)
  set(Boost_USE_STATIC_LIBS ON)
  set(OPENSSL_USE_STATIC_LIBS ON)
  set(ZLIB_USE_STATIC_LIBS ON)
  # A folder that was configured before keeps what was found then.
  foreach(found OPENSSL_CRYPTO_LIBRARY OPENSSL_SSL_LIBRARY ZLIB_LIBRARY_RELEASE)
    if(DEFINED CACHE{${found}} AND NOT "$CACHE{${found}}" MATCHES "\\.a$")
      unset(${found} CACHE)
    endif()
  endforeach()
endif()
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(CLI11 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(BROTLIENC REQUIRED IMPORTED_TARGET libbrotlienc)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(NGHTTP2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-16)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
if(MILLRACE_TESTS)
  pkg_check_modules(BROTLIDEC REQUIRED IMPORTED_TARGET libbrotlidec)
endif()

# The headers contain the code: only two sources include it, and Debian has no archive of its library.
find_path(TOMLPLUSPLUS_HEADERS toml++/toml.h REQUIRED)
add_library(tomlplusplus::tomlplusplus INTERFACE IMPORTED)

if(NOT MILLRACE_PORTABLE)
  find_package(fmt REQUIRED)
  find_package(spdlog REQUIRED)
  return()
endif()

# Replaces the shared library of an imported target by archives.
function(millrace_link_archives TARGET)
  foreach(NAME ${ARGN})
    find_library(ARCHIVE_${NAME} lib${NAME}.a REQUIRED)
    list(APPEND ARCHIVES ${ARCHIVE_${NAME}})
  endforeach()
  set_target_properties(${TARGET} PROPERTIES INTERFACE_LINK_LIBRARIES "${ARCHIVES}")
endfunction()
millrace_link_archives(PkgConfig::BROTLIENC brotlienc brotlicommon)
millrace_link_archives(PkgConfig::IDN2 idn2 unistring)
millrace_link_archives(PkgConfig::NGHTTP2 nghttp2)
millrace_link_archives(PkgConfig::PCRE2 pcre2-16)
millrace_link_archives(PkgConfig::SECCOMP seccomp)
millrace_link_archives(PkgConfig::ZSTD zstd)

# Debian has no archives of these two: their headers contain the code.
add_library(fmt::fmt INTERFACE IMPORTED)
set_target_properties(fmt::fmt PROPERTIES INTERFACE_COMPILE_DEFINITIONS FMT_HEADER_ONLY)
add_library(spdlog::spdlog INTERFACE IMPORTED)
set_target_properties(
  spdlog::spdlog PROPERTIES INTERFACE_COMPILE_DEFINITIONS SPDLOG_FMT_EXTERNAL
                            INTERFACE_LINK_LIBRARIES "Threads::Threads;fmt::fmt")
