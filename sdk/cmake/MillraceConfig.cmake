# Routes in C++ built by a project's own CMake (docs/native.md). `millrace build` and `dev` run it where
# millrace.toml says [native] cmake = "CMakeLists.txt"; Millrace_DIR is given then.
#
#   find_package(Millrace REQUIRED)
#   add_library(services services/users.cpp)
#   millrace_add_routes(LINK_LIBRARIES services)

include(CMakeFindDependencyMacro)
find_dependency(Boost 1.81 COMPONENTS json)
find_dependency(OpenSSL 3)

get_filename_component(MILLRACE_SDK "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(NOT TARGET Millrace::sdk)
  add_library(Millrace::sdk SHARED IMPORTED)
  set_target_properties(
    Millrace::sdk PROPERTIES IMPORTED_LOCATION ${MILLRACE_SDK}/lib/libmillrace_sdk.so
                             INTERFACE_INCLUDE_DIRECTORIES ${MILLRACE_SDK}/include)
  target_compile_features(Millrace::sdk INTERFACE cxx_std_20)
  # So that a rebuilt route has statics of its own.
  target_compile_options(Millrace::sdk INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_libraries(Millrace::sdk INTERFACE Boost::json OpenSSL::SSL OpenSSL::Crypto)
endif()

# millrace_add_routes([ROOT folder] [LINK_LIBRARIES lib…] [INCLUDE folder…])
# A module for each route below the project's folder ROOT (default: this CMakeLists.txt's), and the
# target millrace_routes for all of them. They are written to routes/ in the build tree.
function(millrace_add_routes)
  cmake_parse_arguments(ARG "" "ROOT" "LINK_LIBRARIES;INCLUDE" ${ARGN})
  if(NOT ARG_ROOT)
    set(ARG_ROOT ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  get_filename_component(ARG_ROOT "${ARG_ROOT}" REALPATH)
  file(
    GLOB_RECURSE FILES CONFIGURE_DEPENDS
    RELATIVE ${ARG_ROOT}
    ${ARG_ROOT}/app/*route.cpp ${ARG_ROOT}/src/app/*route.cpp ${ARG_ROOT}/pages/api/*.cpp
    ${ARG_ROOT}/src/pages/api/*.cpp)
  file(GLOB PROXIES CONFIGURE_DEPENDS RELATIVE ${ARG_ROOT} ${ARG_ROOT}/proxy.cpp ${ARG_ROOT}/src/proxy.cpp)
  # One precompiled header for all.
  set(EMPTY ${CMAKE_CURRENT_BINARY_DIR}/routes/precompiled.cpp)
  file(WRITE ${EMPTY}.new "")
  file(COPY_FILE ${EMPTY}.new ${EMPTY} ONLY_IF_DIFFERENT)
  add_library(millrace_precompiled OBJECT ${EMPTY})
  set_target_properties(millrace_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(millrace_precompiled PRIVATE Millrace::sdk)
  target_precompile_headers(millrace_precompiled PRIVATE <millrace/route.hpp>)
  add_custom_target(millrace_routes ALL)
  foreach(FILE ${FILES} ${PROXIES})
    if(FILE MATCHES "(^|/)app/" AND NOT FILE MATCHES "(^|/)route\\.cpp$")
      continue()
    endif()
    string(REGEX REPLACE "\\.cpp$" "" NAME ${FILE})
    string(REPLACE "/" "." NAME ${NAME})
    string(MAKE_C_IDENTIFIER "millrace_route_${NAME}" TARGET_NAME)
    set(WRAPPER ${CMAKE_CURRENT_BINARY_DIR}/routes/${TARGET_NAME}.cpp)
    file(WRITE ${WRAPPER}.new "#include \"${ARG_ROOT}/${FILE}\"\n#include <millrace/detail/export_route.hpp>\n")
    file(COPY_FILE ${WRAPPER}.new ${WRAPPER} ONLY_IF_DIFFERENT)
    add_library(${TARGET_NAME} MODULE ${WRAPPER})
    target_link_libraries(${TARGET_NAME} PRIVATE Millrace::sdk ${ARG_LINK_LIBRARIES})
    target_include_directories(${TARGET_NAME} PRIVATE ${ARG_INCLUDE})
    target_precompile_headers(${TARGET_NAME} REUSE_FROM millrace_precompiled)
    set_target_properties(
      ${TARGET_NAME}
      PROPERTIES PREFIX ""
                 SUFFIX ".so"
                 OUTPUT_NAME ${NAME}
                 LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/routes)
    add_dependencies(millrace_routes ${TARGET_NAME})
  endforeach()
endfunction()
