// Says how well labels fit a text, with a model that was trained on inference.
//
//   zero_shot_texts MODEL TEXT LABEL...      a checkpoint folder or a bundle with a head for NLI
#include <cstdio>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

// >>> zero_shot_texts
// How well each label fits the text; the scores sum to 1.
static std::vector<float> topics(const glyxel::Model &model, std::string_view text, const std::vector<std::string_view> &labels) {
    glyxel::TaskOptions about;
    about.label_template = "This text is about {}.";
    return model.zero_shot_texts({text}, labels, about);
}
// <<<

int main(int argc, char **argv) try {
    if (argc < 4) {
        std::fprintf(stderr, "usage: zero_shot_texts MODEL TEXT LABEL...\n");
        return 2;
    }
    const std::vector<std::string_view> labels(argv + 3, argv + argc);
    const std::vector<float> scores = topics(glyxel::Model::load(argv[1]), argv[2], labels);
    for (std::size_t i = 0; i < labels.size(); i++)
        std::printf("%.3f  %s\n", scores[i], labels[i].data());
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
