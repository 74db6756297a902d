# CPack's configuration of the Debian package. The folder that it packs is complete, with the paths of
# the installed system; scripts/package makes it.
#
#   MILLRACE_ROOT=DIR MILLRACE_VERSION=… MILLRACE_ARCHITECTURE=amd64 cpack --config cpack.cmake -B OUT

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME millrace)
set(CPACK_PACKAGE_FILE_NAME millrace)
set(CPACK_PACKAGE_VERSION $ENV{MILLRACE_VERSION})
set(CPACK_PACKAGE_VENDOR "Millrace")
set(CPACK_PACKAGE_CONTACT "Millrace <millrace@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "server for the API routes of Next.js projects")
set(CPACK_PACKAGE_DESCRIPTION
    "Millrace serves the API routes of unmodified Next.js projects from a C++ server, in isolated worker
 processes. The package contains the Node.js that runs them.")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_INSTALLED_DIRECTORIES $ENV{MILLRACE_ROOT} .)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE $ENV{MILLRACE_ARCHITECTURE})
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# The libraries of Node.js and of the host of routes in C++; the server needs only libc6.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.36), libgcc-s1, libstdc++6 (>= 12), adduser")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "g++, cmake, ninja-build")
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${CMAKE_CURRENT_LIST_DIR}/postinst;${CMAKE_CURRENT_LIST_DIR}/postrm;${CMAKE_CURRENT_LIST_DIR}/prerm;${CMAKE_CURRENT_LIST_DIR}/conffiles"
)
