# Functions that declare the targets of Millrace: one library per folder of src/, with its name. Its
# dependencies are the folders that it may include (the floors of docs/architecture.md).

add_library(millrace_options INTERFACE)
target_include_directories(millrace_options INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR})
target_compile_options(
  millrace_options
  INTERFACE -Wall -Wextra -Werror -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override
            $<$<CONFIG:Release>:-g1 -fno-plt>)
target_compile_definitions(
  millrace_options INTERFACE BOOST_ASIO_NO_DEPRECATED
                             $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(millrace_options INTERFACE -ftrivial-auto-var-init=zero -Wduplicated-cond -Wlogical-op)
  # A false positive of g++ 12 about std::string, its bug 105651.
  target_compile_options(millrace_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_UNITY_BUILD)
  # It warns of every class that is defined in a source and has a field of a type of that source.
  target_compile_options(millrace_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
if(MILLRACE_SANITIZE)
  target_compile_options(millrace_options INTERFACE -fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all
                                                    -fno-omit-frame-pointer -g1
                                                    $<$<NOT:$<BOOL:$<TARGET_PROPERTY:MILLRACE_IS_TEST>>>:-O1>
                                                    # g++ mistakes instrumented code for such use.
                                                    -Wno-uninitialized
                                                    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
                                                    # clang 14 cannot combine it with coroutines.
                                                    $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>)
  if(MILLRACE_SANITIZE MATCHES "undefined" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The checks of every pointer, which take most of the time of the compiler; AddressSanitizer finds most of the same.
    target_compile_options(
      millrace_options INTERFACE $<$<BOOL:$<TARGET_PROPERTY:MILLRACE_IS_TEST>>:-fno-sanitize=null,vptr,alignment,object-size>)
  endif()
  target_link_options(millrace_options INTERFACE -fsanitize=${MILLRACE_SANITIZE})
  if(MILLRACE_SANITIZE MATCHES "thread")
    # Asio's fences, which ThreadSanitizer does not see; locks order what its threads share.
    target_compile_options(millrace_options INTERFACE -Wno-tsan)
  endif()
  # Prevents Asio from recycling handler memory, which hides errors from the sanitizer.
  target_compile_definitions(millrace_options INTERFACE BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
endif()

# millrace_library(NAME SOURCES a.cpp… HEADERS a.hpp… DEPENDS base… LINK lib… [PCH header…])
# Defines target millrace_NAME from the current folder.
function(millrace_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;DEPENDS;LINK;PCH" ${ARGN})
  add_library(millrace_${NAME} STATIC)
  target_sources(millrace_${NAME} PRIVATE ${ARG_SOURCES} PUBLIC FILE_SET HEADERS BASE_DIRS
                                                                ${PROJECT_SOURCE_DIR}/src FILES ${ARG_HEADERS})
  set(FLOORS ${ARG_DEPENDS})
  list(TRANSFORM FLOORS PREPEND millrace_)
  target_link_libraries(millrace_${NAME} PUBLIC millrace_options ${FLOORS} ${ARG_LINK})
  if(ARG_PCH)
    target_precompile_headers(millrace_${NAME} PRIVATE ${ARG_PCH})
  endif()
endfunction()

# millrace_test_program(NAME)
# Makes the target millrace_NAME_tests a test program, whose cases ctest lists as NAME.SUITE.CASE, and names it in
# test-programs.txt of the build. The target test_programs builds all of them.
function(millrace_test_program NAME)
  # What makes tests cheaper to compile by half: no optimisation under sanitizers, and more sources at a time.
  set_target_properties(millrace_${NAME}_tests PROPERTIES MILLRACE_IS_TEST ON UNITY_BUILD_BATCH_SIZE 16)
  if(NOT TARGET test_programs)
    add_custom_target(test_programs)
  endif()
  add_dependencies(test_programs millrace_${NAME}_tests)
  set_property(GLOBAL APPEND_STRING PROPERTY MILLRACE_TEST_PROGRAMS "${NAME} $<TARGET_FILE:millrace_${NAME}_tests>\n")
  # The values of parameterised tests may contain bytes that differ from run to run.
  gtest_discover_tests(millrace_${NAME}_tests TEST_PREFIX ${NAME}. NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60)
endfunction()

# millrace_test(NAME SOURCES a_test.cpp… [THREADS b_test.cpp…] [DEPENDS folder…] [LINK lib…])
# One test program per folder; ctest lists its cases by name. THREADS: the tests whose code runs on more than one
# thread. Only these are tests of the preset tsan: the others have nothing that ThreadSanitizer could find.
# scripts/checks/threads.mjs checks that each test is named where it belongs.
function(millrace_test NAME)
  if(NOT MILLRACE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;THREADS;DEPENDS;LINK" ${ARGN})
  if(MILLRACE_SANITIZE MATCHES "thread" AND ARG_THREADS)
    list(FILTER ARG_SOURCES EXCLUDE REGEX "_test\\.cpp$")
  endif()
  add_executable(millrace_${NAME}_tests ${ARG_SOURCES} ${ARG_THREADS})
  set(FLOORS ${ARG_DEPENDS})
  list(TRANSFORM FLOORS PREPEND millrace_)
  target_link_libraries(millrace_${NAME}_tests PRIVATE millrace_${NAME} ${FLOORS} ${ARG_LINK} GTest::gmock
                                                       GTest::gtest_main)
  if(MILLRACE_SANITIZE MATCHES "thread" AND NOT ARG_THREADS)
    set_target_properties(millrace_${NAME}_tests PROPERTIES EXCLUDE_FROM_ALL ON)
    return()
  endif()
  millrace_test_program(${NAME})
endfunction()
