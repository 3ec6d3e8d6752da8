// Finds sentences that say the same: the pairs of a file's lines whose vectors are nearly alike.
//
//   duplicates [MODEL [FILE [THRESHOLD]]]     a model; texts, one a line; the least cosine. If left out: all-MiniLM-L6-v2 and
//                                             film reviews as `make` fetched them, and 0.9
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "glyxel.hpp"

int main(int argc, char **argv) try {
    const char *path = argc > 2 ? argv[2] : "target/data/reviews.txt";
    const float threshold = argc > 3 ? static_cast<float>(std::atof(argv[3])) : 0.9f;
    std::ifstream file(path);
    if (!file) {
        std::fprintf(stderr, "%s cannot be opened\n", path);
        return 1;
    }
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);

    const glyxel::Model model = glyxel::Model::load(argc > 1 ? argv[1] : "target/models/all-MiniLM-L6-v2");
    std::printf("embedding %zu lines\n", lines.size());
    std::fflush(stdout);
    // >>> duplicates
    const std::vector<float> vectors = model.embed_texts(lines);
    const glyxel::Pairs pairs = glyxel::duplicates(vectors, model.dim(), threshold);
    std::printf("pairs with a cosine of %.2f or more: %zu\n", threshold, pairs.size());
    for (std::size_t rank = 0; rank < pairs.size() && rank < 10; rank++) {
        const auto [first, second, score] = pairs[rank];
        std::printf("%.3f\n%7zu: %s\n%7zu: %s\n", score, first + 1, lines[first].c_str(), second + 1, lines[second].c_str());
    }
    // <<<
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
