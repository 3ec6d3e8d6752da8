// Learns what a customer wants from a few sentences of each kind, and tells it of another one.
//
//   intents MODEL QUESTION      a checkpoint folder or a bundle
#include <cstdio>
#include <string_view>
#include <vector>

#include "glyxel.hpp"

static const char *const intent_names[] = {"opening hours", "prices", "complaint"};
static const std::vector<std::string_view> sentences{
    "When do you open on Sundays?", "Until what time is the shop open?",   "How much is the large one?",
    "What does delivery cost?",     "It broke on the second day already.", "I have been waiting for my order for weeks.",
};
static const std::vector<std::int32_t> labels{0, 0, 1, 1, 2, 2};

int main(int argc, char **argv) try {
    if (argc != 3) {
        std::fprintf(stderr, "usage: intents MODEL QUESTION\n");
        return 2;
    }
    const glyxel::Model model = glyxel::Model::load(argv[1]);
    // >>> intents
    const glyxel::Centroids intents = glyxel::Centroids::create(3, model.dim());
    intents.add(model.embed_texts(sentences), labels);
    const glyxel::Assigned given = intents.classify(model.embed_text(argv[2]), 0.2f);
    const std::int32_t label = given.label[0];
    std::printf("%.3f  %s\n", given.score[0], label < 0 ? "something else" : intent_names[label]);
    // <<<
} catch (const glyxel::Error &error) {
    std::fprintf(stderr, "status %d: %s\n", static_cast<int>(error.status()), error.message());
    return 1;
}
