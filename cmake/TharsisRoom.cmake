# tharsis_room(NAME base SOURCES a.cc b.cc [DEPENDS types ...] [TESTS a_test.cc ...] [LINK lib ...])
# One static library tharsis_<name> with its headers and, with TESTS, one gtest binary <name>_test.
function(tharsis_room)
  cmake_parse_arguments(room "" "NAME" "DEPENDS;SOURCES;TESTS;LINK" ${ARGN})
  set(library tharsis_${room_NAME})
  add_library(${library} STATIC ${room_SOURCES})
  list(TRANSFORM room_DEPENDS PREPEND tharsis_)
  target_link_libraries(${library} PUBLIC ${room_DEPENDS} ${room_LINK} Threads::Threads)
  tharsis_common_headers(${library})
  set_property(GLOBAL APPEND PROPERTY THARSIS_ROOM_LIBRARIES ${library})

  # As a header set, each header is also compiled alone by the target all_verify_interface_header_sets.
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
  list(FILTER headers EXCLUDE REGEX "-inl\\.h$")  # meant to be included once per instruction set
  target_sources(${library} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/src
                                   FILES ${headers})

  if(THARSIS_TESTS AND room_TESTS)
    tharsis_test_header()
    set(test ${room_NAME}_test)
    add_executable(${test} ${room_TESTS})
    target_link_libraries(${test} PRIVATE ${library} tharsis_test_main)
    target_precompile_headers(${test} REUSE_FROM tharsis_test_main)
    add_test(NAME ${test} COMMAND ${test})
  endif()
endfunction()

# What nearly every source includes is parsed once: more than half of the time of a build. Up to the graph that
# is the standard library and fmt; all rooms above see the graph as well, and share the header of the first of
# them. Sources include what they use all the same: lint and the build of `pip install` do without.
function(tharsis_common_headers library)
  set(outside <fmt/format.h> <algorithm> <array> <atomic> <bit> <cstring> <functional> <limits> <memory> <mutex>
    <numeric> <optional> <span> <string> <string_view> <unordered_map> <utility> <variant> <vector>)
  if(library STREQUAL tharsis_base)
    target_precompile_headers(${library} PRIVATE ${outside})
  elseif(library STREQUAL tharsis_ops)
    target_precompile_headers(${library} PRIVATE ${outside} <tharsis/graph/op.h>)
  elseif(TARGET tharsis_ops)
    target_precompile_headers(${library} REUSE_FROM tharsis_ops)
  else()
    target_precompile_headers(${library} REUSE_FROM tharsis_base)
  endif()
endfunction()

# gtest's main, and the precompiled header that all test binaries share.
function(tharsis_test_header)
  if(TARGET tharsis_test_main)
    return()
  endif()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/test_main.cc CONTENT
"#include <gtest/gtest.h>

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
")
  add_library(tharsis_test_main STATIC ${PROJECT_BINARY_DIR}/test_main.cc)
  target_link_libraries(tharsis_test_main PUBLIC GTest::gtest GTest::gmock fmt::fmt Threads::Threads)
  # Compiled as the executables that share its header are.
  set_target_properties(tharsis_test_main PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(tharsis_test_main PRIVATE -fPIE)
  target_precompile_headers(tharsis_test_main PRIVATE
    <gtest/gtest.h> <gmock/gmock.h> <memory> <string> <vector>)
endfunction()

# The C++ library as its users see it: target_link_libraries(their_program tharsis::tharsis).
# tharsis_all builds every room.
function(tharsis_library)
  get_property(rooms GLOBAL PROPERTY THARSIS_ROOM_LIBRARIES)
  add_library(tharsis INTERFACE)
  target_link_libraries(tharsis INTERFACE ${rooms})
  add_library(tharsis::tharsis ALIAS tharsis)
  add_custom_target(tharsis_all DEPENDS ${rooms})
endfunction()
