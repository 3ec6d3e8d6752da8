// cpp [ROOT]: runs all tests that are linked in, from the repository's root.
#include <fstream>
#include <iterator>

#include "check.hpp"

std::string check::root;

std::vector<std::uint8_t> check::file(const std::string &path) {
    std::ifstream in(root + path, std::ios::binary);
    std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (bytes.empty())
        std::printf("%s%s is not there or empty\n", root.c_str(), path.c_str());
    return bytes;
}

int main(int argc, char **argv) {
    check::root = argc > 1 ? std::string(argv[1]) + "/" : "";
    bool all = true;
    for (const check::Test &test : check::tests()) {
        check::failed = false;
#ifdef GLYXEL_NO_EXCEPTIONS
        test.run();
#else
        try {
            test.run();
        } catch (const std::exception &error) {
            check::failed = true;
            std::printf("%s threw: %s\n", test.name, error.what());
        }
#endif
        all = all && !check::failed;
        std::printf("test %s ... %s\n", test.name, check::failed ? "FAILED" : "ok");
        std::fflush(stdout);
    }
    return all ? 0 : 1;
}
