// Says what texts are, by the classes that a model was trained on.
//
//   classify_texts MODEL TEXT...      a checkpoint folder or a bundle with a head for whole texts
#include <cstdio>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

// >>> classify_texts
// Prints the likeliest class of each text and its score.
static void print_classes(const glyxel::Model &model, const std::vector<std::string_view> &texts) {
    glyxel::TaskOptions best;
    best.top_k = 1;
    const glyxel::Predictions predictions = model.classify_texts(texts, best);
    for (std::size_t i = 0; i < texts.size(); i++) {
        const auto [label, index, score] = predictions[i][0];
        std::printf("%.3f  %.*s  %.*s\n", score, static_cast<int>(label.size()), label.data(), static_cast<int>(texts[i].size()), texts[i].data());
    }
}
// <<<

int main(int argc, char **argv) try {
    if (argc < 3) {
        std::fprintf(stderr, "usage: classify_texts MODEL TEXT...\n");
        return 2;
    }
    print_classes(glyxel::Model::load(argv[1]), {argv + 2, argv + argc});
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
