#!/usr/bin/env python3
"""What `make install` lays out: programs build against it by pkg-config and by CMake, wherever it was moved to."""

import os
import shutil
import subprocess

from support import ANSWER, LITE0, MINILM, PHOTO, QUERY, ROOT, alone, compile_with_pkg_config, examples_run, link_libtorch, run_all, say

INSTALL = os.path.join(ROOT, "scripts", "package", "install.sh")
CMAKE = """
cmake_minimum_required(VERSION 3.16)
project(uses_glyxel C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(glyxel %s REQUIRED)
add_executable(c_search "%s/examples/c/search.c")
add_executable(cpp_search "%s/examples/cpp/search.cpp")
target_link_libraries(c_search PRIVATE glyxel::glyxel)
target_link_libraries(cpp_search PRIVATE glyxel::glyxel)
install(TARGETS cpp_search)
"""


def moved(scratch, bundled=1):
    """An installation that is not where it was made."""
    made, prefix = os.path.join(scratch, "made"), os.path.join(scratch, "elsewhere", "glyxel")
    say([INSTALL, made, str(bundled)])
    os.makedirs(os.path.dirname(prefix))
    os.rename(made, prefix)
    return prefix


def make_install_honours_its_variables(scratch):
    said = say(["make", "-n", "-o", "target/release/libglyxel.so", "install", "PREFIX=/opt/glyxel", f"DESTDIR={scratch}", "LIBTORCH_BUNDLED=0"])
    assert f"install.sh '{scratch}/opt/glyxel' '0'" in said, said
    wrong = subprocess.run([INSTALL, os.path.join(scratch, "prefix"), "maybe"], capture_output=True, text=True)
    assert wrong.returncode != 0 and "LIBTORCH_BUNDLED is maybe" in wrong.stderr
    assert os.listdir(scratch) == []


def programs_build_by_pkg_config(scratch):
    prefix = moved(scratch)
    examples_run(os.path.join(prefix, "share", "glyxel", "examples"), prefix, scratch)


def programs_build_by_cmake(scratch):
    prefix = moved(scratch)
    source, build, installed = (os.path.join(scratch, name) for name in ("source", "build", "installed"))
    os.mkdir(source)
    write(os.path.join(source, "CMakeLists.txt"), CMAKE % ("0.1", ROOT, ROOT))
    say(["cmake", "-S", source, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_INSTALL_RPATH_USE_LINK_PATH=ON"])
    say(["cmake", "--build", build])
    say(["cmake", "--install", build, "--prefix", installed])
    for program in (os.path.join(build, "c_search"), os.path.join(build, "cpp_search"), os.path.join(installed, "bin", "cpp_search")):
        assert ANSWER in alone([program, MINILM, QUERY], scratch)


def cmake_refuses_another_version(scratch):
    prefix = moved(scratch, bundled=0)
    for version in ("1.0", "0.1.1", "99"):
        source = os.path.join(scratch, version)
        os.mkdir(source)
        write(os.path.join(source, "CMakeLists.txt"), CMAKE % (version, ROOT, ROOT))
        ended = subprocess.run(["cmake", "-S", source, "-B", source + ".build", f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True)
        assert ended.returncode != 0 and "glyxel" in ended.stderr, (version, ended.stderr)


def libtorch_may_come_from_elsewhere(scratch):
    prefix = moved(scratch, bundled=0)
    assert not os.path.exists(os.path.join(prefix, "lib", "glyxel", "libtorch_cpu.so"))
    program = os.path.join(scratch, "search")
    compile_with_pkg_config(prefix, os.path.join(ROOT, "examples", "cpp", "search.cpp"), program)
    link_libtorch(prefix)
    assert ANSWER in alone([program, MINILM, QUERY], scratch)


def the_library_is_found_beside_a_program(scratch):
    """What a program ships: the library and its libtorch in its own folder."""
    prefix = moved(scratch)
    app = os.path.join(scratch, "app")
    os.mkdir(app)
    say(["g++", "-std=c++17", f"-I{prefix}/include", os.path.join(ROOT, "examples/cpp/classify.cpp"), "-o", f"{app}/classify", f"-L{prefix}/lib", "-lglyxel", "-Wl,-rpath,$ORIGIN"])
    shutil.move(os.path.join(prefix, "lib", "libglyxel.so.1"), app)
    for name in os.listdir(os.path.join(prefix, "lib", "glyxel")):
        shutil.move(os.path.join(prefix, "lib", "glyxel", name), app)
    shutil.rmtree(prefix)
    assert "tabby cat" in alone([f"{app}/classify", LITE0, PHOTO], scratch)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    run_all(
        [
            make_install_honours_its_variables,
            programs_build_by_pkg_config,
            programs_build_by_cmake,
            cmake_refuses_another_version,
            libtorch_may_come_from_elsewhere,
            the_library_is_found_beside_a_program,
        ]
    )
