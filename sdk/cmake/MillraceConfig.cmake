# Builds routes in C++ with a project's own CMake (docs/native.md). `millrace build` and `dev` run it, with
# Millrace_DIR set, where millrace.toml has [native] cmake = "CMakeLists.txt".
#
#   find_package(Millrace REQUIRED)
#   add_library(services services/users.cpp)
#   millrace_add_routes(LINK_LIBRARIES services)

get_filename_component(MILLRACE_SDK "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
if(NOT TARGET Millrace::sdk)
  add_library(Millrace::sdk SHARED IMPORTED)
  set_target_properties(
    Millrace::sdk PROPERTIES IMPORTED_LOCATION ${MILLRACE_SDK}/lib/libmillrace_sdk.so
                             INTERFACE_INCLUDE_DIRECTORIES ${MILLRACE_SDK}/include)
  target_compile_features(Millrace::sdk INTERFACE cxx_std_20)
  # Gives a rebuilt route its own statics.
  target_compile_options(Millrace::sdk INTERFACE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  if(EXISTS ${MILLRACE_SDK}/boost)
    # The library contains this Boost, and OpenSSL.
    target_include_directories(Millrace::sdk SYSTEM INTERFACE ${MILLRACE_SDK}/boost)
    find_package(OpenSSL 3 QUIET)
  else()
    include(CMakeFindDependencyMacro)
    find_dependency(Boost 1.81 COMPONENTS json)
    find_dependency(OpenSSL 3)
    target_link_libraries(Millrace::sdk INTERFACE Boost::json)
  endif()
  if(OpenSSL_FOUND)
    target_link_libraries(Millrace::sdk INTERFACE OpenSSL::SSL OpenSSL::Crypto)
  endif()
endif()

# millrace_add_routes([ROOT folder] [LINK_LIBRARIES lib…] [INCLUDE folder…])
# Adds a module for each route below the project's folder ROOT (default: the folder of this CMakeLists.txt),
# and the target millrace_routes for all of them. The modules are written to routes/ in the build tree.
function(millrace_add_routes)
  cmake_parse_arguments(ARG "" "ROOT" "LINK_LIBRARIES;INCLUDE" ${ARGN})
  if(NOT ARG_ROOT)
    set(ARG_ROOT ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  get_filename_component(ARG_ROOT "${ARG_ROOT}" REALPATH)
  # Escapes brackets in the folder's name, which would start a character class of the glob.
  string(REGEX REPLACE "([][*?])" "[\\1]" PATTERN "${ARG_ROOT}")
  file(
    GLOB_RECURSE FILES CONFIGURE_DEPENDS
    RELATIVE ${ARG_ROOT}
    ${PATTERN}/app/*route.cpp ${PATTERN}/src/app/*route.cpp ${PATTERN}/pages/api/*.cpp
    ${PATTERN}/src/pages/api/*.cpp)
  file(GLOB PROXIES CONFIGURE_DEPENDS RELATIVE ${ARG_ROOT} ${PATTERN}/proxy.cpp ${PATTERN}/src/proxy.cpp)
  # One precompiled header for all routes.
  set(EMPTY ${CMAKE_CURRENT_BINARY_DIR}/routes/precompiled.cpp)
  file(WRITE ${EMPTY}.new "")
  file(COPY_FILE ${EMPTY}.new ${EMPTY} ONLY_IF_DIFFERENT)
  add_library(millrace_precompiled OBJECT ${EMPTY})
  set_target_properties(millrace_precompiled PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_link_libraries(millrace_precompiled PRIVATE Millrace::sdk)
  target_precompile_headers(millrace_precompiled PRIVATE <millrace/route.hpp>)
  add_custom_target(millrace_routes ALL)
  foreach(FILE ${FILES} ${PROXIES})
    if(FILE MATCHES "^(src/)?app/" AND NOT FILE MATCHES "/route\\.cpp$")
      continue()
    endif()
    # A unique name for each file, the same as in builder/src/native/names.ts.
    string(REGEX REPLACE "\\.cpp$" "" NAME ${FILE})
    string(REPLACE "~" "~0" NAME ${NAME})
    string(REPLACE "." "~1" NAME ${NAME})
    string(REPLACE "/" "." NAME ${NAME})
    string(MD5 HASH ${FILE})
    string(SUBSTRING ${HASH} 0 8 HASH)
    string(REGEX REPLACE "[^A-Za-z0-9_]" "_" TARGET_NAME "millrace_route_${NAME}_${HASH}")
    if(FILE MATCHES "^(src/)?proxy\\.cpp$")
      set(KIND PROXY)
    elseif(FILE MATCHES "^(src/)?app/")
      set(KIND APP)
    else()
      set(KIND PAGES)
    endif()
    set(WRAPPER ${CMAKE_CURRENT_BINARY_DIR}/routes/${TARGET_NAME}.cpp)
    string(CONCAT TEXT "#include \"${ARG_ROOT}/${FILE}\"\n" "#define MILLRACE_ROUTE_KIND_${KIND}\n"
                       "#include <millrace/detail/export_route.hpp>\n")
    file(WRITE ${WRAPPER}.new "${TEXT}")
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
