// Tests that say what cargo's say: "test NAME ... ok". scripts/suite counts these lines.
#ifndef CHECK_HPP
#define CHECK_HPP

#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

namespace check {

struct Test {
    const char *name;
    void (*run)();
};

inline std::vector<Test> &tests() {
    static std::vector<Test> all;
    return all;
}

inline bool failed = false;

struct Registered {
    Registered(const char *name, void (*run)()) { tests().push_back({name, run}); }
};

inline void that(bool holds, const char *what, const char *file, int line) {
    if (holds)
        return;
    failed = true;
    std::printf("%s:%d: this does not hold: %s\n", file, line, what);
}

// Whether two rows of numbers have the same bits.
template <class A, class B>
bool same(const A &a, const B &b) {
    return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size() * sizeof *a.data()) == 0);
}

inline float dot(const float *a, const float *b, std::size_t dim) {
    float sum = 0;
    for (std::size_t i = 0; i < dim; i++)
        sum += a[i] * b[i];
    return sum;
}

std::vector<std::uint8_t> file(const std::string &path);

// The model of a test: of a path below the root of the repository.
extern std::string root;

} // namespace check

#define TEST(name)                                                   \
    static void name();                                              \
    static const check::Registered registered_##name(#name, name);   \
    static void name()
#define CHECK(...) check::that((__VA_ARGS__), #__VA_ARGS__, __FILE__, __LINE__)

#ifndef GLYXEL_NO_EXCEPTIONS
namespace check {

// The sentence of a call that must fail with this status.
template <class Call>
std::string refused(glyxel::Status status, Call call, const char *file, int line) {
    try {
        call();
    } catch (const glyxel::Error &error) {
        that(error.status() == status, error.what(), file, line);
        that(std::strlen(error.what()) > 10, "the error is a sentence", file, line);
        return error.what();
    }
    that(false, "the call fails", file, line);
    return "";
}

} // namespace check
#define REFUSED(status, ...) check::refused(glyxel::Status::status, [&] { (void)(__VA_ARGS__); }, __FILE__, __LINE__)
#endif

#endif
