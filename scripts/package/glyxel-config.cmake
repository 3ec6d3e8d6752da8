# find_package(glyxel) gives glyxel::glyxel, for C and, from C++17 on, for C++.
#
# Programs find the library, and it its libtorch, by run paths: CMake's own as long as they stand in the build tree, and the one
# that CMAKE_INSTALL_RPATH or CMAKE_INSTALL_RPATH_USE_LINK_PATH gives them when they are installed.
if(NOT TARGET glyxel::glyxel)
  get_filename_component(_glyxel_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
  add_library(glyxel::glyxel SHARED IMPORTED)
  set_target_properties(glyxel::glyxel PROPERTIES
    IMPORTED_LOCATION "${_glyxel_prefix}/lib/libglyxel.so.1"
    IMPORTED_SONAME "libglyxel.so.1"
    INTERFACE_INCLUDE_DIRECTORIES "${_glyxel_prefix}/include"
    # The linker need not see libtorch, which only the library uses and may not be on the machine that builds.
    INTERFACE_LINK_OPTIONS "LINKER:--allow-shlib-undefined")
  foreach(_glyxel_file IN ITEMS "lib/libglyxel.so.1" "include/glyxel.h")
    if(NOT EXISTS "${_glyxel_prefix}/${_glyxel_file}")
      set(glyxel_FOUND FALSE)
      set(glyxel_NOT_FOUND_MESSAGE "${_glyxel_prefix}/${_glyxel_file} is not there: this installation of glyxel is not whole")
    endif()
  endforeach()
  unset(_glyxel_file)
  unset(_glyxel_prefix)
endif()
