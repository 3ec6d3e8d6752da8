# The C++ header's tests and examples.

CPP_HEADERS := include/glyxel.h bindings/cpp/glyxel.hpp $(wildcard bindings/cpp/glyxel/*.hpp)
CXX17 = $(CXX) -std=c++17 -O1 -g -Wall -Wextra -Werror -pedantic -Wconversion -Wshadow -Iinclude -Ibindings/cpp
# The library itself is not instrumented; LeakSanitizer sees what it leaves behind all the same.
SANITIZED := -fsanitize=address,undefined -fno-sanitize-recover=undefined
LINK_GLYXEL := -Ltarget/release -lglyxel -lpthread -Wl,-rpath,'$$ORIGIN/../release'
RUN_TESTS := OMP_WAIT_POLICY=passive GLYXEL_CACHE=target/test-cache

## test-cpp: the C++ header under AddressSanitizer, UndefinedBehaviorSanitizer and LeakSanitizer, with and without exceptions
test-cpp: test-cpp-compiles test-cpp-clang test-cpp-throwing test-cpp-returning

test-cpp-compiles:
	scripts/suite cpp-compiles -- tests/cpp/compiles.sh

test-cpp-clang:
	scripts/suite cpp-clang --needs clang++=clang -- tests/cpp/compiles.sh clang++

test-cpp-throwing: target/cpp/throwing target/vectors/expected.txt $(MINILM) $(LITE0) $(CATS)
	$(RUN_TESTS) scripts/suite cpp -- $<

test-cpp-returning: target/cpp/returning
	$(RUN_TESTS) scripts/suite cpp-without-exceptions -- $<

# One file of the other mode among them: a program may have both.
target/cpp/throwing: $(addprefix target/cpp/throwing.o/,main.o views.o models.o tasks.o tokens.o vectors.o same_as_c.o) target/cpp/returning.o/returning.o $(LIB)
	$(CXX) $(SANITIZED) $(filter %.o,$^) -o $@ $(LINK_GLYXEL)

target/cpp/returning: $(addprefix target/cpp/returning.o/,main.o views.o returning.o) $(LIB)
	$(CXX) $(SANITIZED) $(filter %.o,$^) -o $@ $(LINK_GLYXEL)

target/cpp/throwing.o/%.o: tests/cpp/%.cpp tests/cpp/check.hpp $(CPP_HEADERS)
	@mkdir -p $(@D)
	$(CXX17) $(SANITIZED) -c $< -o $@

target/cpp/returning.o/%.o: tests/cpp/%.cpp tests/cpp/check.hpp $(CPP_HEADERS)
	@mkdir -p $(@D)
	$(CXX17) $(SANITIZED) -fno-exceptions -c $< -o $@

SUITES += test-cpp
.PHONY: test-cpp test-cpp-compiles test-cpp-clang test-cpp-throwing test-cpp-returning
